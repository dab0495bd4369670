package io.espalier.routes.whole;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.routes.cli.DistributionCommands;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The packaged distribution, as a user calls it: within this process, which is quick, or as a process of its own. */
final class Espalier {

    static final Path HOME = Path.of(System.getProperty("espalier.home", "target/distribution")).toAbsolutePath().normalize();

    private static final Path NOTHING_INSTALLED = HOME.resolve("no-such-folder");

    /** What a command came to. */
    record Said(int exit, String out, String err) {

        Said endsWith(int expected) {
            assertThat(exit).as("exit code; it said:%n%s%n%s", out, err).isEqualTo(expected);
            return this;
        }

        /** The directory of the run that it ended with. */
        RunFolder run() {
            String line = out.lines().filter(l -> l.startsWith("The run is in ")).findFirst().orElseThrow();
            return new RunFolder(Path.of(line.substring("The run is in ".length()).replaceFirst(", what it made in .*", "")));
        }
    }

    private Espalier() {}

    static Said espalier(List<String> arguments) {
        return espalier(NOTHING_INSTALLED, arguments);
    }

    /** @param installed the user's folder of installed plugins */
    static Said espalier(Path installed, List<String> arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = DistributionCommands.of(HOME, installed)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
        return new Said(exit, out.toString(), err.toString());
    }

    static Said espalier(String... arguments) {
        return espalier(List.of(arguments));
    }

    /** A process of its own; what it says goes into files. */
    static Process start(Path output, List<String> arguments) throws IOException {
        return start(output, Map.of(), arguments);
    }

    /** @param environment variables besides those of the tests */
    static Process start(Path output, Map<String, String> environment, List<String> arguments) throws IOException {
        return java(output, environment, HOME.resolve("lib") + File.separator + "*", concat(List.of("io.espalier.routes.cli.Main"), arguments));
    }

    /** DL4J of the distribution without any of Espalier. */
    static Process plainDl4j(Path output, List<String> arguments) throws IOException {
        try (Stream<Path> jars = Files.list(HOME.resolve("lib"))) {
            String classPath = jars.filter(jar -> !jar.getFileName().toString().startsWith("espalier"))
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator));
            return java(output, Map.of(), classPath, arguments);
        }
    }

    /** Of the distribution without the jars whose name begins and goes on so. */
    static Process startWithout(Path output, String begins, String contains, List<String> arguments) throws IOException {
        try (Stream<Path> jars = Files.list(HOME.resolve("lib"))) {
            String classPath = jars.filter(jar -> !jar.getFileName().toString().startsWith(begins) || !jar.getFileName().toString().contains(contains))
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator));
            return java(output, Map.of(), classPath, concat(List.of("io.espalier.routes.cli.Main"), arguments));
        }
    }

    private static Process java(Path output, Map<String, String> environment, String classPath, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g", "-XX:TieredStopAtLevel=1", "-Dorg.bytedeco.javacpp.maxbytes=2g", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Despalier.home=" + HOME, "-Despalier.terminal=false", "-cp", classPath));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        // Two, since sums over several threads are where bits could differ; waiting as the launcher has them wait.
        builder.environment().putAll(Map.of(
                "OMP_NUM_THREADS", "2", "OMP_WAIT_POLICY", "passive", "GOMP_SPINCOUNT", "5000", "ESPALIER_PLUGINS", NOTHING_INSTALLED.toString()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    static <T> List<T> concat(List<? extends T> first, List<? extends T> second) {
        return Stream.<T>concat(first.stream(), second.stream()).toList();
    }
}
