package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.data.Fit;
import io.espalier.engine.Precision;
import io.espalier.engine.onednn.FastestEngine;
import io.espalier.routes.Binder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code predict}: the class of each image. */
@Command(name = "predict", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Prints the most probable class of each image, and its probability.")
final class PredictCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "MODEL", description = "A network's file, for example what a run exported.")
    private Path model;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "IMAGE", description = "PNG or JPEG files.")
    private List<Path> images;

    @Mixin
    private PluginFolders plugins;

    @Option(names = "--engine", paramLabel = "NAME", defaultValue = FastestEngine.NAME,
            description = "What runs the network: onednn, dl4j, or auto, which is onednn where it can be and else dl4j (default: auto).")
    private String engine;

    @Option(names = "--fit", paramLabel = "HOW",
            description = "What is done with images of another size: pad, resize or refuse (default: as the network was trained).")
    private Optional<Fit> fit = Optional.empty();

    PredictCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        try (Binder binder = plugins.open(workplace);
                Prediction prediction = Prediction.open(model, fit, binder, workplace.machinery().engine(engine, Precision.FLOAT32, spec.commandLine().getErr()::println))) {
            int width = images.stream().mapToInt(image -> image.toString().length()).max().orElse(0);
            long refused = images.stream().filter(image -> !isPredicted(image, prediction, width)).count();
            return refused == 0 ? 0 : Failure.INPUT;
        }
    }

    /** One bad image does not keep the others from being looked at. */
    private boolean isPredicted(Path image, Prediction prediction, int width) {
        PrintWriter out = spec.commandLine().getOut();
        try {
            Prediction.Answer answer = prediction.of(image);
            out.println(String.format(Locale.ROOT, "%-" + width + "s  %s  %.4f", image, answer.name(), answer.probability()));
            out.flush();
            return true;
        } catch (InputException e) {
            Main.failure(spec).report(e);
            return false;
        }
    }
}
