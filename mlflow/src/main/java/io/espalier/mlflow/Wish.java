package io.espalier.mlflow;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a run is to be sent.
 *
 * @param target the server
 * @param experiment name, if the user gave one
 * @param register name of a registered model, if the exported network is to be a version of it
 */
public record Wish(Target target, Optional<String> experiment, Optional<String> register) {

    /** Experiment of runs for which none is named. */
    public static final String DEFAULT_EXPERIMENT = "espalier";

    /** Goes on where the run was sent before, if that was there. */
    Position position(Path run) {
        Optional<Position> before = Position.read(run);
        String name = experiment.or(() -> before.map(Position::experiment)).orElse(DEFAULT_EXPERIMENT);
        String registered = register.or(() -> before.map(Position::register)).orElse("");
        return before.filter(p -> p.server().equals(target.uri().toString()) && p.experiment().equals(name))
                .map(p -> p.registering(registered))
                .orElseGet(() -> Position.start(target.uri().toString(), name, registered));
    }
}
