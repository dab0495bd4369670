package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.engine.Distillation;
import io.espalier.engine.Evaluations;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Trainer;
import io.espalier.engine.TrainingPlan;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pf4j.Extension;

/** Trains the weights of chosen layers, or of all. */
@Extension
@Named(value = "train", doc = "Trains the weights of chosen layers, or of all.")
@Flow(needs = {"loaded", "data", "plain"}, takes = {"trained", "evaluated"})
public final class Train implements Stage<Train.Options> {

    public record Options(
            @Option(doc = "which layers: all, head (what follows the last feature map), or names separated by commas",
                    defaultValue = "all") List<String> layers,
            @Option(doc = "passes over the training images", defaultValue = "5", min = 1) int epochs,
            @Option(doc = "images a step", defaultValue = "32", min = 1) int batch,
            @Option(doc = "learning rate at the first step", defaultValue = "0.001", above = 0) double learningRate,
            @Option(doc = "how gradients become steps", defaultValue = "adam") TrainingPlan.Updater updater,
            @Option(doc = "how the learning rate changes", defaultValue = "cosine") TrainingPlan.Schedule schedule,
            @Option(doc = "how training images are varied", defaultValue = "none") Augment augment,
            @Option(doc = "weight of the classes in the loss", defaultValue = "none") TrainingRun.ClassWeights classWeights,
            @Option(doc = "epochs without a better validation loss after which training stops with the best; 0: never",
                    defaultValue = "0", min = 0) int patience,
            @Option(doc = "a network that the pipeline had before, whose answers are learned beside the labels: loaded, or the as= of an"
                            + " evaluate; empty: labels alone", defaultValue = "") String teacher,
            @Option(doc = "with teacher: its share in what is learned, the rest is the labels'; 0.5 unless given", above = 0, max = 1)
                    Optional<Double> teacherShare,
            @Option(doc = "with teacher: what the scores of both are divided by before its answers are compared, so that what it thinks of the wrong"
                            + " classes counts; 1 unless given", min = 1)
                    Optional<Double> teacherTemperature) {

        public Options {
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
    }

    private static final double TEACHER_SHARE = 0.5;
    private static final double TEACHER_TEMPERATURE = 1;

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        Network network = candidate.network();
        Map<ParameterKey, Double> rates = new LinkedHashMap<>();
        chosen(network, options.layers()).forEach(layer -> Trainables.of(network.node(layer))
                .forEach(key -> rates.put(key, options.learningRate())));
        if (rates.isEmpty()) {
            throw new InputException("layers=" + String.join(",", options.layers()) + " have no weights to train");
        }
        TrainingPlan plan = new TrainingPlan(
                rates, Set.of(), options.epochs(), options.batch(), options.updater(), options.schedule(), 0, options.augment(),
                options.classWeights().of(candidate.dataset().train(), network.classes().size()), options.patience());
        if (!options.teacher().isEmpty()) {
            plan = plan.withTeacher(teacher(candidate, options, context));
        }
        Trainer.Outcome outcome = TrainingRun.perform(candidate, plan, context);
        return candidate.with(outcome.network()).withMetrics(TrainingRun.metrics(outcome));
    }

    private static TrainingPlan.Teacher teacher(Candidate candidate, Options options, StageContext context) {
        Network teacher = candidate.milestones().get(options.teacher());
        if (teacher == null) {
            throw new InputException("teacher=" + options.teacher() + ": the pipeline has no network of that name yet; it has "
                    + candidate.milestones().keySet());
        }
        if (options.teacher().equals(Candidate.LOADED) && Lineage.headIsNew(candidate)) {
            throw new InputException("teacher=loaded has a new head that nothing has trained; name a network of a later evaluate's as=, or"
                    + " load with head=keep");
        }
        double taught = accuracy(teacher, candidate, context);
        double own = accuracy(candidate.network(), candidate, context);
        if (taught <= own) {
            throw new InputException(String.format(Locale.ROOT,
                    "teacher=%s has nothing to teach: it gives %.2f %% of the validation images right, the network itself %.2f %%; leave teacher out,"
                            + " or name a network that was trained", options.teacher(), 100 * taught, 100 * own));
        }
        context.say(String.format(Locale.ROOT, "learns from '%s' too (validation accuracy %.2f %%)", options.teacher(), 100 * taught));
        return new TrainingPlan.Teacher(teacher, new Distillation(
                options.teacherShare().orElse(TEACHER_SHARE), options.teacherTemperature().orElse(TEACHER_TEMPERATURE)));
    }

    private static double accuracy(Network network, Candidate candidate, StageContext context) {
        return context.evaluations().of(network, candidate.dataset(), Dataset.Part.VALIDATION, Evaluations.BATCH, done -> context.checkInterrupted())
                .accuracy();
    }

    private static Set<String> chosen(Network network, List<String> names) {
        if (names.equals(List.of("all"))) {
            return new LinkedHashSet<>(network.nodes().stream().map(Node::name).toList());
        }
        Set<String> chosen = new LinkedHashSet<>();
        for (String name : names) {
            if (name.equals("head")) {
                chosen.addAll(Heads.nodes(network));
            } else {
                chosen.add(Trainables.existing(network, name));
            }
        }
        return chosen;
    }
}
