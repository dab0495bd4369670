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
    void offATerminalALongStepIsAPlainLineWhenTenSecondsPassedWithoutOne() {
        train(watch(false));
        assertThat(out.toString()).isEqualTo("""
                  train  epoch 1/2  1,000/2,500 images  100 images/s  15 s left  loss 0.2500
                  train  epoch 1/2  2,000/2,500 images  100 images/s  5 s left  loss 0.2500
                """);
    }

    @Test
    void offATerminalWhatAStageSaysIsASignOfLifeToo() {
        Watch watch = watch(false);
        for (int second = 0; second < 30; second += 3) {
            seconds.set(second);
            watch.progress(new Progress("epoch " + second, 50, 100, "images", Map.of()));
            watch.say("epoch " + second);
        }
        assertThat(out.toString()).doesNotContain("images/s");
    }

    @Test
    void onATerminalABarIsRewrittenInPlaceAndGoesWithTheStage() {
        Watch watch = watch(true);
        train(watch);
        assertThat(out.toString()).doesNotContain("\n")
                .contains("\r\u001b[K\u001b[?7l  train  epoch 1/2  [######          ]  40 %  100 images/s  15 s left  loss 0.2500\u001b[?7h");
        watch.stageFinished("train", "p:1:1", result(Map.of("accuracy", 0.5)), Duration.ofSeconds(3700), false);
        assertThat(out.toString()).endsWith("\r\u001b[Ktrain            1 h 01 min  accuracy 50.00 %\n");
    }

    @Test
    void aBarFitsATerminalOfEightyColumns() {
        Watch watch = watch(true);
        watch.stageStarted("train-scalings", "p:1:1");
        watch.progress(new Progress("epoch 12/20", 0, 50_000, "images", Map.of()));
        seconds.set(9);
        watch.progress(new Progress("epoch 12/20", 9_999, 50_000, "images", Map.of("loss", 0.0123456)));
        String line = out.toString().replaceAll("(?s).*\u001b\\[\\?7l(.*)\u001b\\[\\?7h", "$1");
        assertThat(line).contains("1,111 images/s", "37 s left").hasSizeLessThanOrEqualTo(96);
        assertThat(line.indexOf("left")).as("what is cut off on the right is the least of it").isLessThan(80);
    }

    @Test
    void theRateOfAStepCountsFromWhenItBeganNotFromWhenItWasFirstHeardOf() {
        Watch watch = watch(true);
        watch.stageStarted("evaluate", "p:1:1");
        seconds.set(2);
        watch.progress(new Progress("evaluating test", 100, 400, "images", Map.of()));
        seconds.set(4);
        watch.progress(new Progress("evaluating validation", 100, 400, "images", Map.of()));
        assertThat(out.toString()).contains("evaluating test  [####            ]  25 %  50 images/s  6 s left")
                .contains("evaluating validation  [####            ]  25 %  50 images/s  6 s left");
    }

    @Test
    void whatAStageSaidIsNotRepeated() {
        Watch watch = watch(false);
        watch.stageStarted("evaluate", "p:1:1");
        watch.say("validation: accuracy 95.30 %, AUC 0.9871, loss 2.2898, 12.3 % removed");
        watch.stageFinished("evaluate", "p:1:1",
                result(Map.of("accuracy", 0.953, "auc", 0.98712, "loss", 2.2898, "reduction", 0.1234, "l1", 0.1)), Duration.ofSeconds(2), false);
        watch.stageStarted("evaluate", "p:2:1");
        watch.stageFinished("evaluate", "p:2:1", result(Map.of("accuracy", 0.953)), Duration.ofSeconds(2), false);
        assertThat(out.toString()).isEqualTo("""
                  validation: accuracy 95.30 %, AUC 0.9871, loss 2.2898, 12.3 % removed
                evaluate              2.0 s  l1 0.1000
                evaluate              2.0 s  accuracy 95.30 %
                """);
    }

    private static StageResult result(Map<String, Object> variables) {
        return new StageResult(Candidate.none(), "", variables, Map.of());
    }

    @Test
    void aResultFromBeforeSaysSo() {
        watch(false).stageFinished("load", "p:1:1", result(Map.of()), Duration.ZERO, true);
        assertThat(out.toString()).isEqualTo("load                   kept\n");
    }

    @Test
    void oneThatIsQuietSaysNothing() {
        train(Watch.quiet());
        assertThat(out.toString()).isEmpty();
    }
}
