package io.espalier.routes.cli;

import io.espalier.mlflow.Target;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where in MLflow runs go. */
final class TrackingArguments {

    @Option(names = "--tracking-uri", paramLabel = "URI", description = "Address of an MLflow server (default: the variable MLFLOW_TRACKING_URI).")
    private Optional<String> uri = Optional.empty();

    @Option(names = "--experiment", paramLabel = "NAME", description = "Experiment in MLflow (default: the variable MLFLOW_EXPERIMENT_NAME, else espalier).")
    private Optional<String> experiment = Optional.empty();

    @Option(names = "--register", paramLabel = "NAME", description = "Registers the last exported network as a version of this model, alias candidate.")
    private Optional<String> register = Optional.empty();

    static Map<String, String> environment() {
        return System.getenv();
    }

    /** @throws io.espalier.api.InputException when the address is none */
    Optional<Target> target() {
        return Target.of(uri, environment());
    }

    Optional<String> experiment() {
        return experiment.or(() -> Optional.ofNullable(environment().get(Target.EXPERIMENT_VARIABLE))).filter(name -> !name.isBlank());
    }

    Optional<String> register() {
        return register.filter(name -> !name.isBlank());
    }
}
