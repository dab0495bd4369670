package io.espalier.routes.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The empty folder of somebody who has the distribution, Maven and a local Maven repository with nothing of Espalier in it.
 * Maven works offline: everything else that its builds need was needed by the build that runs these tests.
 */
final class AuthorsFolder {

    private static final int MINUTES = 30;

    private final Path folder;
    private final Path repository;
    private final Path commands;

    AuthorsFolder(Path temporary) {
        try {
            folder = Files.createDirectory(temporary.resolve("author"));
            repository = Files.createDirectory(temporary.resolve("repository"));
            commands = Files.createDirectory(temporary.resolve("commands"));
            link(Path.of(System.getProperty("espalier.maven.repository")), repository);
            command("mvn", "exec '" + System.getProperty("espalier.maven") + "' -B -o \"$@\"");
            command("espalier", "exec '" + Path.of(System.getProperty("java.home"), "bin", "java") + "' -Xmx1g -XX:TieredStopAtLevel=1"
                    + " -Dorg.bytedeco.javacpp.maxbytes=2g -Dorg.bytedeco.javacpp.maxphysicalbytes=0 -Despalier.home='" + Espalier.HOME
                    + "' -Despalier.terminal=false -cp '" + Espalier.HOME.resolve("lib") + "/*' io.espalier.routes.cli.Main \"$@\"");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** All but what is ours: that must come from the distribution. */
    private static void link(Path from, Path to) throws IOException {
        try (Stream<Path> content = Files.list(from)) {
            for (Path each : content.toList()) {
                Path target = to.resolve(each.getFileName());
                if (each.getFileName().toString().equals("io")) {
                    link(each, Files.createDirectory(target));
                } else if (!each.getFileName().toString().equals("espalier")) {
                    Files.createSymbolicLink(target, each);
                }
            }
        }
    }

    private void command(String name, String line) throws IOException {
        Path script = Files.writeString(commands.resolve(name), "#!/bin/sh\n" + line + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    Path path() {
        return folder;
    }

    Path repository() {
        return repository;
    }

    /** What a line typed in a folder below says; it must end well. */
    String type(String in, String line) {
        Path output = commands.resolveSibling("output.txt");
        try {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", line).directory(folder.resolve(in).toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(Map.of(
                    "PATH", commands + File.pathSeparator + System.getenv("PATH"),
                    "JAVA_HOME", System.getProperty("java.home"),
                    "MAVEN_OPTS", "-Dmaven.repo.local=" + repository,
                    "OMP_NUM_THREADS", "1",
                    "OMP_WAIT_POLICY", "passive"));
            Process process = builder.start();
            assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).as(line + " ends").isTrue();
            String said = Files.readString(output);
            assertThat(process.exitValue()).as("exit code of '%s'; it said:%n%s", line, said).isZero();
            return said;
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
