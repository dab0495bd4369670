package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.Candidate;
import io.espalier.catalog.BoundOptions;
import io.espalier.run.StageResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class InterruptionTest {

    private final CountDownLatch told = new CountDownLatch(1);

    private final OpenRun run = new OpenRun() {
        @Override
        public StageResult perform(BoundOptions stage, Candidate candidate, String place, boolean branch) {
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
        public void close() {}
    };

    @Test
    void itTellsTheRunWaitsForTheStepAndPrintsTheLineThatResumes() throws InterruptedException {
        StringWriter err = new StringWriter();
        Interruption interruption = Interruption.of(run, new PrintWriter(err, true));
        Thread signal = new Thread(interruption::interrupt);
        signal.start();
        told.await();
        assertThat(signal.isAlive()).as("it waits for the step to end").isTrue();
        assertThat(interruption.requested()).isTrue();
        interruption.close();
        signal.join();
        assertThat(err.toString()).contains("Every finished stage is kept; go on with\n    ./espalier run --resume 'my runs/one'");
        removeHook(interruption);
    }

    /** The hook would run when this test's own process ends. */
    private static void removeHook(Interruption interruption) {
        assertThat(interruption.withdraw()).isTrue();
    }
}
