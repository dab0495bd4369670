package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Progress;
import io.espalier.api.RunFailedException;
import io.espalier.api.StageContext;
import io.espalier.data.Split;
import io.espalier.engine.Program;
import io.espalier.engine.Trainer;
import io.espalier.engine.TrainingException;
import io.espalier.engine.TrainingPlan;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A training as a stage performs it: watched, journaled, interruptible. */
final class TrainingRun {

    private TrainingRun() {}

    /** How classes that are rare count in the loss. */
    enum ClassWeights {
        NONE,
        /** Each class as much as any other: images / (classes x images of the class). */
        BALANCED;

        List<Double> of(Split split, int classes) {
            if (this == NONE) {
                return List.of();
            }
            return Arrays.stream(split.classCounts(classes)).mapToObj(count -> (double) split.size() / ((long) classes * count)).toList();
        }
    }

    static Trainer.Outcome perform(Candidate candidate, TrainingPlan plan, StageContext context) {
        Trainer trainer = new Trainer(context.evaluations(), new Watching(context, plan.batch()));
        try {
            return trainer.train(candidate.network(), candidate.dataset(), plan, context.random("training"));
        } catch (TrainingException e) {
            throw new RunFailedException(e.getMessage(), e);
        }
    }

    /** Metrics by their names in a candidate, of the last epoch if there was one. */
    static Map<String, Double> metrics(Trainer.Outcome outcome) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (!outcome.epochs().isEmpty()) {
            metrics.put("loss.train", outcome.epochs().get(outcome.epochs().size() - 1).loss());
        }
        return metrics;
    }

    private record Watching(StageContext context, int batch) implements Trainer.TrainingListener {

        @Override
        public void prepared(Program.Footprint memory) {
            context.journal("memory", Map.of("activationBytes", memory.activations(), "weightBytes", memory.weights()));
        }

        @Override
        public void step(int epoch, int epochs, int imagesDone, int images, double loss) {
            context.checkInterrupted();
            if (epoch == 1 && imagesDone == Math.min(batch, images)) {
                context.journal("first-step", Map.of("loss", loss));
            }
            context.progress(new Progress("epoch " + epoch + "/" + epochs, imagesDone, images, "images", Map.of("loss", loss)));
        }

        @Override
        public void epoch(Trainer.Epoch epoch) {
            context.journal("epoch", Map.of(
                    "epoch", epoch.number(),
                    "loss", epoch.loss(),
                    "validation", epoch.validation(),
                    "learningRate", epoch.learningRate(),
                    "imagesPerSecond", epoch.imagesPerSecond()));
            context.say(String.format(Locale.ROOT, "epoch %d: loss %.4f, validation accuracy %.2f %%, %.0f images/s",
                    epoch.number(), epoch.loss(), 100 * epoch.validation().accuracy(), epoch.imagesPerSecond()));
        }
    }
}
