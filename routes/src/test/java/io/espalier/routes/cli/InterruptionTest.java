package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.Candidate;
import io.espalier.catalog.BoundOptions;
import io.espalier.run.StageResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class InterruptionTest {

    private final CountDownLatch told = new CountDownLatch(1);

    private final OpenRun run = new OpenRun() {
        @Override
        public StageResult perform(BoundOptions stage, Candidate candidate, String place, String branch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path directory() {
            return Path.of("my runs/one");
        }

        @Override
        public void interrupt() {
            told.countDown();
        }

        @Override
        public void checkInterrupted() {}

        @Override
        public void writeJson(String name, Object value) {}

        @Override
        public void finished(Map<String, ?> summary) {}

        @Override
        public void failed(Throwable reason) {}

        @Override
        public void close() {}
    };

    private final StringWriter err = new StringWriter();

    private void interruptedWhile(Consumer<Interruption> runEnds) throws InterruptedException {
        Interruption interruption = Interruption.of(run, Watch.quiet(), new PrintWriter(err, true));
        Thread signal = new Thread(interruption::interrupt);
        signal.start();
        told.await();
        assertThat(signal.isAlive()).as("it waits for the step to end").isTrue();
        runEnds.accept(interruption);
        interruption.close();
        signal.join();
        removeHook(interruption);
    }

    @Test
    void itTellsTheRunWaitsForTheStepAndPrintsTheLineThatResumes() throws InterruptedException {
        interruptedWhile(Interruption::stopped);
        assertThat(err.toString()).endsWith("Every finished stage is kept; go on with\n    ./espalier run --resume 'my runs/one'\n");
    }

    @Test
    void aRunThatEndsByItselfJustThenSpeaksForItself() throws InterruptedException {
        interruptedWhile(interruption -> {});
        assertThat(err.toString()).contains("Stopping").doesNotContain("--resume");
    }

    /** The hook would run when this test's own process ends. */
    private static void removeHook(Interruption interruption) {
        assertThat(interruption.withdraw()).isTrue();
    }
}
