package io.espalier.plugins.command;

import io.espalier.api.RunFailedException;
import io.espalier.api.StageContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * An external program.
 *
 * @param file of it
 * @param interpreter that runs it, or empty
 * @param arguments before the folder
 * @param timeLimit in seconds
 */
record Program(Path file, String interpreter, List<String> arguments, int timeLimit) {

    /** As much of what a program said as fits on a screen. */
    private static final int TAIL = 20;

    /** The longest that somebody who asked to stop waits. */
    private static final long LOOK_EVERY_MILLISECONDS = 200;

    /**
     * What a program said, and where.
     *
     * @param name of the program
     * @param folder that it was given
     * @param out last lines of its standard output
     * @param err last lines of its standard error
     */
    record Said(String name, Path folder, String out, String err) {

        /** It did something wrong. */
        RunFailedException fault(String what) {
            String words = err.isBlank() ? out : err;
            return new RunFailedException(name + " " + what
                    + (words.isBlank() ? ". It said nothing" : ". It said:\n    " + words.strip().replace("\n", "\n    "))
                    + "\n    what it was given is in " + folder + "; mend it, then resume the run");
        }

        Optional<String> lastLine() {
            return out.lines().filter(line -> !line.isBlank()).reduce((a, b) -> b);
        }
    }

    String name() {
        return String.valueOf(file.getFileName());
    }

    /** @throws RunFailedException when it cannot be started, fails or takes too long; says what it said */
    Said run(HandedFolder folder, StageContext context) throws IOException {
        Path out = folder.path().resolve("out.txt");
        Path err = folder.path().resolve("err.txt");
        Process process = start(folder.path(), out, err);
        Optional<Integer> code = ended(process, context);
        Said said = new Said(name(), folder.path(), tail(out), tail(err));
        if (code.isEmpty()) {
            throw said.fault("did not end within " + timeLimit + " s and was stopped (timeLimit)");
        }
        if (code.get() != 0) {
            throw said.fault("failed with exit code " + code.get());
        }
        return said;
    }

    private Process start(Path folder, Path out, Path err) throws IOException {
        List<String> command = new ArrayList<>();
        if (!interpreter.isBlank()) {
            command.add(interpreter);
        }
        command.add(file.toString());
        command.addAll(arguments);
        command.add(folder.toString());
        try {
            Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new RunFailedException("cannot start " + String.join(" ", command) + ": " + e.getMessage()
                    + "; make it executable (chmod +x), or say what runs it with interpreter=", e);
        }
    }

    /** The exit code; empty when it took too long. */
    private Optional<Integer> ended(Process process, StageContext context) {
        // Whoever ends this process by other means would leave it behind.
        Thread ending = new Thread(() -> stop(process), "command-stop");
        Runtime.getRuntime().addShutdownHook(ending);
        try {
            long begin = System.nanoTime();
            while (!process.waitFor(LOOK_EVERY_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                context.checkInterrupted();
                if (TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin) >= timeLimit) {
                    return Optional.empty();
                }
            }
            return Optional.of(process.exitValue());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunFailedException("interrupted while " + name() + " ran", e);
        } finally {
            stop(process);
            unhook(ending);
        }
    }

    private static void unhook(Thread ending) {
        try {
            Runtime.getRuntime().removeShutdownHook(ending);
        } catch (IllegalStateException e) {
            // The virtual machine is ending already, and the hook with it.
            return;
        }
    }

    private static void stop(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static String tail(Path file) throws IOException {
        List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size()));
    }
}
