package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.data.Augment;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Trainer;
import io.espalier.engine.TrainingPlan;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
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
            @Option(doc = Teaching.TEACHER, defaultValue = "", needs = "milestone:*") String teacher,
            @Option(doc = Teaching.SHARE, above = 0, max = 1) Optional<Double> teacherShare,
            @Option(doc = Teaching.TEMPERATURE, min = 1) Optional<Double> teacherTemperature) {

        public Options {
            new Teaching(teacher, teacherShare, teacherTemperature); // which refuses what does not go together
        }

        private Teaching teaching() {
            return new Teaching(teacher, teacherShare, teacherTemperature);
        }
    }

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
        Trainer.Outcome outcome = TrainingRun.perform(candidate, options.teaching().added(plan, candidate, context), context);
        return candidate.with(outcome.network()).withMetrics(TrainingRun.metrics(outcome));
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
