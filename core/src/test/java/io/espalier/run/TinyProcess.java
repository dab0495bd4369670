package io.espalier.run;

import io.espalier.api.Candidate;
import io.espalier.catalog.BoundOptions;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A run in a process of its own: {@code new PARENT} or {@code resume DIRECTORY}; prints the digest of its end. */
final class TinyProcess {

    private static final int ROUNDS = 8;

    private TinyProcess() {}

    public static void main(String[] args) throws InterruptedException {
        boolean begin = args[0].equals("new");
        try (Run run = begin ? create(Path.of(args[1])) : resume(Path.of(args[1]))) {
            System.out.println("digest " + perform(run, Long.parseLong(args[2])));
            run.finished(Map.of());
        }
    }

    static Run create(Path parent) {
        return Run.create(parent, Tiny.settings(new Tiny.Watcher()), new Tiny.Some(List.of()), FileChannel::open);
    }

    static Run resume(Path directory) {
        return Run.resume(directory, Tiny.settings(new Tiny.Watcher()), new Tiny.Some(List.of()), FileChannel::open);
    }

    static String perform(Run run, long pause) throws InterruptedException {
        List<BoundOptions> stages = new ArrayList<>(List.of(Tiny.load()));
        for (int round = 0; round < ROUNDS; round++) {
            stages.add(Tiny.shake(0.1));
            stages.add(Tiny.keep());
        }
        StageResult result = null;
        Candidate candidate = Candidate.none();
        for (BoundOptions stage : stages) {
            result = run.perform(stage, candidate, "p", "");
            candidate = result.candidate();
            Thread.sleep(pause);
        }
        return result.digest();
    }

    static Process start(Path log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), TinyProcess.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())))
                .start();
    }
}
