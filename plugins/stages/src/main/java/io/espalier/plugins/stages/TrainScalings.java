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
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelScaling;
import io.espalier.network.BatchNormSplit;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Decomposition;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pf4j.Extension;

/**
 * Trains the scaling factors, v of basis vectors or f of channels, and the head if it is new; all kernels stay as they are.
 * The importance of every factor is summed on the way, from the gradients of the loss that is trained (with a teacher: of both). Factors
 * of channels never go below 0, so that pooling may come before or after them.
 */
@Extension
@Named(value = "train-scalings", doc = "Trains the scaling factors of basis vectors or channels, and the head if it is new.")
@Flow(needs = {"loaded", "data", "factors"}, gives = {"trained", "milestone:" + Candidate.SCALED}, takes = "evaluated")
public final class TrainScalings implements Stage<TrainScalings.Options> {

    /** Whether the head trains too. */
    public enum TrainHead {
        /** If {@code load} made it. */
        AUTO,
        YES,
        NO
    }

    public record Options(
            @Option(doc = "passes over the training images", defaultValue = "5", min = 1) int epochs,
            @Option(doc = "images a step", defaultValue = "32", min = 1) int batch,
            @Option(doc = "learning rate of the factors at the first step", defaultValue = "0.005", above = 0) double learningRate,
            @Option(doc = "learning rate of head, batch norms and other layers at the first step", defaultValue = "0.001", above = 0) double headLearningRate,
            @Option(doc = "whether the head trains: auto (if it is new), yes, no", defaultValue = "auto") TrainHead trainHead,
            @Option(doc = "other layers whose weights train, by name") Optional<List<String>> also,
            @Option(doc = "how gradients become steps", defaultValue = "adam") TrainingPlan.Updater updater,
            @Option(doc = "how learning rates change", defaultValue = "cosine") TrainingPlan.Schedule schedule,
            @Option(doc = "how many times learning rates go through the schedule, in as many parts of the epochs", defaultValue = "1", min = 1) int cycles,
            @Option(doc = "factor of the L1 norm of the scaling factors in the loss", defaultValue = "0", min = 0) double l1,
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
        List<String> batchNorms = Lineage.batchNormsTrain(candidate) ? pretrainedBatchNorms(candidate.network()) : List.of();
        Network network = BatchNormSplit.split(candidate.network(), batchNorms);
        Set<ParameterKey> ofChannels = keys(ChannelScalings.scalings(network), ChannelScaling.FACTORS);
        Set<ParameterKey> factors = new HashSet<>(keys(Decomposition.scalings(network), BasisScalingConvolution.FACTORS));
        factors.addAll(ofChannels);
        Map<ParameterKey, Double> rates = new LinkedHashMap<>();
        factors.forEach(key -> rates.put(key, options.learningRate()));
        if (headTrains(candidate, options)) {
            // A head may have convolutions (SqueezeNet's has), and of a decomposed one the factors alone train.
            Heads.nodes(network).stream()
                    .filter(layer -> !Decomposition.isBasis(network, network.node(layer)))
                    .forEach(layer -> addWeights(network, layer, options, rates));
        }
        batchNorms.forEach(layer -> addWeights(network, layer, options, rates));
        options.also().orElse(List.of()).forEach(layer -> addWeights(network, Trainables.existing(network, layer), options, rates));
        if (rates.isEmpty()) {
            throw new InputException("nothing of this network would train: it has no factors, and its head stays; put stage:decompose or"
                    + " stage:insert-scalings before it, or name layers in also=");
        }

        TrainingPlan plan = new TrainingPlan(
                rates, factors, ofChannels, options.epochs(), options.batch(), options.updater(), options.schedule(), options.l1(), options.augment(),
                options.classWeights().of(candidate.dataset().train(), network.classes().size()), options.patience())
                .inCycles(options.cycles());
        Trainer.Outcome outcome = TrainingRun.perform(candidate.with(network), options.teaching().added(plan, candidate, context), context);
        Network joined = BatchNormSplit.join(outcome.network(), candidate.network(), batchNorms);
        Candidate trained = candidate.with(joined)
                .withImportance(outcome.importance())
                .withMetrics(TrainingRun.metrics(outcome));
        // Nothing was cut as long as nothing is kept to roll back to.
        return candidate.kept().isEmpty() ? trained.withMilestone(Candidate.SCALED, joined) : trained;
    }

    private static Set<ParameterKey> keys(List<Node> nodes, String parameter) {
        return nodes.stream().map(node -> new ParameterKey(node.name(), parameter)).collect(Collectors.toSet());
    }

    /** Those of feature maps before the head, which has its own. */
    private static List<String> pretrainedBatchNorms(Network network) {
        Set<String> body = network.nodes().stream().map(Node::name).collect(Collectors.toSet());
        body.removeAll(Heads.nodes(network));
        return BatchNormSplit.splittable(network, body);
    }

    private static boolean headTrains(Candidate candidate, Options options) {
        return switch (options.trainHead()) {
            case YES -> true;
            case NO -> false;
            case AUTO -> Lineage.headIsNew(candidate);
        };
    }

    private static void addWeights(Network network, String layer, Options options, Map<ParameterKey, Double> rates) {
        Trainables.of(network.node(layer)).forEach(key -> rates.putIfAbsent(key, options.headLearningRate()));
    }
}
