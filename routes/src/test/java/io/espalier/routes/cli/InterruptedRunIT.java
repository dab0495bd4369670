package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.run.Journal;
import io.espalier.run.RunDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C at a real process that runs a real pipeline of the distribution. */
@EnabledOnOs(value = {OS.LINUX, OS.MAC}, disabledReason = "signals are sent with kill")
class InterruptedRunIT {

    private static final Path HOME = Path.of(System.getProperty("espalier.home")).toAbsolutePath();
    private static final long PATIENCE_SECONDS = 180;

    @TempDir
    Path folder;

    private Path output(String name) {
        return folder.resolve(name + ".txt");
    }

    private Process start(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-XX:TieredStopAtLevel=1",
                "-Dorg.bytedeco.javacpp.maxbytes=2g", "-Dorg.bytedeco.javacpp.maxphysicalbytes=0", "-Despalier.home=" + HOME,
                "-Despalier.terminal=false", "-cp", HOME.resolve("lib") + File.separator + "*", Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output(name).toFile()).start();
    }

    private String end(Process process, String name) throws IOException, InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as(Files.readString(output(name))).isTrue();
        return Files.readString(output(name));
    }

    /** The shell's own Ctrl-C where the process listens to it; a process that was begun in the background of a script does not. */
    private static String signal(Process process) throws IOException {
        Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
        if (!Files.isReadable(status)) {
            return "INT";
        }
        String ignored = Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:")).findFirst().orElse("SigIgn: 0");
        boolean interruptIsIgnored = (Long.parseUnsignedLong(ignored.substring(ignored.indexOf(':') + 1).strip(), 16) & 2) != 0;
        return interruptIsIgnored ? "TERM" : "INT";
    }

    private void awaitFirstEpoch(Process process, Path runs) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (RunDirectory.directories(runs).stream().noneMatch(InterruptedRunIT::hasTrained)) {
            assertThat(process.isAlive()).as(Files.readString(output("first"))).isTrue();
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private static boolean hasTrained(Path run) {
        return Files.exists(run.resolve("journal.jsonl")) && Journal.read(run).stream().anyMatch(event -> event.type().equals("epoch"));
    }

    private static void send(String signal, Process process) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start().waitFor()).isZero();
    }

    @Test
    void ctrlCEndsTheStepKeepsTheRunAndSaysOnceHowToGoOn() throws Exception {
        Path runs = folder.resolve("runs");
        Process process = start("first", "run", "pretrain", "-p", "model=bundled:fashion-vgg.json", "-p", "data=bundled:mnist-small",
                "-p", "train=200", "-p", "validation=50", "-p", "test=50", "-p", "epochs=4", "-p", "batch=20", "--run-dir", runs.toString());
        awaitFirstEpoch(process, runs);
        String signal = signal(process);
        send(signal, process);
        String said = end(process, "first");

        assertThat(process.exitValue()).as(said).isEqualTo(signal.equals("INT") ? 130 : 143);
        Path run = RunDirectory.directories(runs).get(0);
        String line = RunDirectory.resumeLine(run);
        assertThat(said).contains("Stopping at the end of this step", "Stopped. Every finished stage is kept; go on with\n    " + line + "\n");
        assertThat(said.split("--resume", -1)).as(said).hasSize(2);
        assertThat(RunDirectory.of(run).status()).isEqualTo(RunDirectory.Status.INTERRUPTED);
        assertThat(Journal.read(run)).extracting(Journal.Event::type).endsWith("stage-interrupted", "run-interrupted");

        Process resumed = start("resumed", "run", "--resume", run.toString());
        String end = end(resumed, "resumed");
        assertThat(resumed.exitValue()).as(end).isZero();
        assertThat(end).contains("goes on in " + run).containsPattern("load +kept");
        assertThat(RunDirectory.of(run).status()).isEqualTo(RunDirectory.Status.FINISHED);
        assertThat(run.resolve("artifacts/pretrained.zip")).exists();
    }
}
