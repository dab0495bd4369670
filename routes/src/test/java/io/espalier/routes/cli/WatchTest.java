package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.Candidate;
import io.espalier.api.Progress;
import io.espalier.run.StageResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WatchTest {

    private final AtomicLong seconds = new AtomicLong();
    private final StringWriter out = new StringWriter();

    private Watch watch(boolean terminal) {
        return new Watch(new PrintWriter(out, true), terminal, () -> seconds.get() * 1_000_000_000L);
    }

    private void train(Watch watch) {
        watch.stageStarted("train", "p:1:1");
        for (int second = 0; second <= 25; second++) {
            seconds.set(second);
            watch.progress(new Progress("epoch 1/2", 100L * second, 2500, "images", Map.of("loss", 0.25)));
        }
    }

    @Test
    void offATerminalALongStepIsAPlainLineEveryTenSecondsAndOneAtItsEnd() {
        train(watch(false));
        assertThat(out.toString()).isEqualTo("""
                  train  epoch 1/2  1,000/2,500 images  100 images/s  loss 0.2500  15.0 s left
                  train  epoch 1/2  2,000/2,500 images  100 images/s  loss 0.2500  5.0 s left
                  train  epoch 1/2  2,500/2,500 images  100 images/s  loss 0.2500
                """);
    }

    @Test
    void onATerminalABarIsRewrittenInPlaceAndGoesWithTheStage() {
        Watch watch = watch(true);
        train(watch);
        assertThat(out.toString()).doesNotContain("\n").contains("\r\u001b[K  train  epoch 1/2  [########            ]  1,000/2,500 images");
        watch.stageFinished("train", "p:1:1", new StageResult(Candidate.none(), "", Map.of("accuracy", 0.5), Map.of()), Duration.ofSeconds(3700), false);
        assertThat(out.toString()).endsWith("\r\u001b[Ktrain            1 h 01 min  accuracy 50.00 %\n");
    }

    @Test
    void aResultFromBeforeSaysSo() {
        watch(false).stageFinished("load", "p:1:1", new StageResult(Candidate.none(), "", Map.of(), Map.of()), Duration.ZERO, true);
        assertThat(out.toString()).isEqualTo("load                   kept\n");
    }
}
