package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.StageContext;
import io.espalier.data.Dataset;
import io.espalier.engine.Distillation;
import io.espalier.engine.Evaluations;
import io.espalier.engine.TrainingPlan;
import io.espalier.network.Network;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The network that a training is to learn from, beside the labels, as a stage's options {@code teacher}, {@code teacherShare} and
 * {@code teacherTemperature} say.
 *
 * @param teacher a milestone of the candidate, or empty for none
 * @param teacherShare as in {@link Distillation}, 0.5 if absent
 * @param teacherTemperature as in {@link Distillation}, 1 if absent
 */
record Teaching(String teacher, Optional<Double> teacherShare, Optional<Double> teacherTemperature) {

    static final String TEACHER = "a network that the pipeline had before, whose answers are learned beside the labels: loaded, scaled (what"
            + " train-scalings made before anything was removed), or the milestone= of an evaluate; left out where it is worse on the validation images; empty: labels alone";
    static final String SHARE = "with teacher: its share in what is learned, the rest is the labels'; 0.5 unless given";
    static final String TEMPERATURE = "with teacher: what the scores of both are divided by before its answers are compared, so that what it thinks of"
            + " the wrong classes counts; 1 unless given";

    private static final double USUAL_SHARE = 0.5;
    private static final double USUAL_TEMPERATURE = 1;

    /** @throws IllegalArgumentException where there is a share or a temperature of no teacher */
    Teaching {
        if (teacher.isEmpty()) {
            refuse("teacherShare", teacherShare);
            refuse("teacherTemperature", teacherTemperature);
        }
    }

    private static void refuse(String option, Optional<Double> given) {
        given.ifPresent(value -> {
            throw new IllegalArgumentException(
                    option + "=" + value + " is of no use without a teacher; give teacher= too, or leave it out");
        });
    }

    /**
     * The plan with the teacher, if there is one that is as good as the network that trains: in rounds a network may have become
     * better than the one that it began as.
     *
     * @throws InputException where the pipeline has no such network, or has it with a head that nothing trained
     */
    TrainingPlan added(TrainingPlan plan, Candidate candidate, StageContext context) {
        if (teacher.isEmpty()) {
            return plan;
        }
        Network network = candidate.milestones().get(teacher);
        if (network == null) {
            throw new InputException("teacher=" + teacher + ": the pipeline has no network of that name yet; it has "
                    + candidate.milestones().keySet() + "; name one of these, or let an earlier stage:evaluate have milestone=" + teacher);
        }
        if (teacher.equals(Candidate.LOADED) && Lineage.headIsNew(candidate)) {
            throw new InputException("teacher=loaded has a new head that nothing has trained; name 'scaled' after stage:train-scalings or a later evaluate's milestone=, or"
                    + " load with head=keep");
        }
        double taught = accuracy(network, candidate, context);
        double own = accuracy(candidate.network(), candidate, context);
        context.journal("teacher", Map.of("name", teacher, "used", taught >= own, "accuracy", taught, "ownAccuracy", own));
        if (taught < own) {
            context.say(String.format(Locale.ROOT,
                    "learns from labels alone: '%s' gives %.2f %% of the validation images right, the network itself %.2f %%",
                    teacher, 100 * taught, 100 * own));
            return plan;
        }
        context.say(String.format(Locale.ROOT, "learns from '%s' too (validation accuracy %.2f %%)", teacher, 100 * taught));
        return plan.withTeacher(new TrainingPlan.Teacher(
                network, new Distillation(teacherShare.orElse(USUAL_SHARE), teacherTemperature.orElse(USUAL_TEMPERATURE))));
    }

    private static double accuracy(Network network, Candidate candidate, StageContext context) {
        return context.evaluations().of(network, candidate.dataset(), Dataset.Part.VALIDATION, Evaluations.BATCH, done -> context.checkInterrupted())
                .accuracy();
    }
}
