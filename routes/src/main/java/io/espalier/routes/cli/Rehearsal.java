package io.espalier.routes.cli;

import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.TimeLimit;
import io.espalier.engine.Engine;
import io.espalier.engine.Precision;
import io.espalier.network.Network;
import io.espalier.routes.Binder;
import io.espalier.routes.plugins.InstalledPlugins;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** What most starts do, in one process: from the classes that it loads the launcher makes an archive, from which later ones start. */
final class Rehearsal {

    /** As far as the first steps of a training; what comes after them is no start any more. */
    private static final String PIPELINE = """
            - route:
                id: rehearsal
                from:
                  uri: direct:rehearsal
                  steps:
                    - to: "stage:load?model=bundled:fashion-vgg.zip&data=bundled:mnist-small&head=new&train=64&validation=32"
                    - to: "stage:decompose"
                    - to: "stage:train-scalings?epochs=1"
                    - to: "stage:evaluate"
            """;

    private Rehearsal() {}

    /**
     * @param arguments a folder that is not there yet, for what a run leaves behind and, as {@code help} and {@code help-in-colours}, for
     *     what {@code --help} prints
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        Path pipeline = Files.writeString(folder.resolve("rehearsal.camel.yaml"), PIPELINE);
        // A user's own plugins come and go, and are not looked at here.
        Workplace workplace = new Workplace(Path.of(System.getProperty("espalier.home")), new InstalledPlugins(folder.resolve("plugins")),
                new Unmeasured(new CoreMachinery(Main.ENGINES)), false);
        keepHelp(Main.commandLine(workplace), folder);
        int exit = perform(workplace, "--help")
                + perform(workplace, "validate", "basis-scaling")
                + perform(workplace, "run", pipeline.toString(), "--no-tracking", "--run-dir", folder.resolve("runs").toString());
        System.exit(exit);
    }

    static void keepHelp(CommandLine commands, Path folder) throws IOException {
        Files.writeString(folder.resolve("help"), commands.getUsageMessage(Ansi.OFF));
        Files.writeString(folder.resolve("help-in-colours"), commands.getUsageMessage(Ansi.ON));
    }

    private static int perform(Workplace workplace, String... arguments) {
        return Main.commandLine(workplace).setOut(new PrintWriter(Writer.nullWriter())).execute(arguments);
    }

    /** Machinery that takes no measurements, which would take most of the time. */
    private record Unmeasured(Machinery all) implements Machinery {

        @Override
        public Binder plugins(Path home, List<PluginFolder> folders, TimeLimit limit) {
            return all.plugins(home, folders, limit);
        }

        @Override
        public List<String> engines() {
            return all.engines();
        }

        @Override
        public Engine engine(String name, Precision precision, Consumer<String> says) {
            return all.engine(name, precision, says);
        }

        @Override
        public OpenRun begin(RunOrder order) {
            return all.begin(order);
        }

        @Override
        public Measures measures(Engine engine, Binder binder) {
            Measures measures = all.measures(engine, binder);
            return new Measures() {
                @Override
                public Cost cost(Network network) {
                    return measures.cost(network);
                }

                @Override
                public long bytes(Network network) {
                    return 0;
                }

                @Override
                public List<Latency> latency(List<Network> networks, int batch) {
                    return networks.stream().map(network -> new Latency(0, 0)).toList();
                }
            };
        }
    }
}
