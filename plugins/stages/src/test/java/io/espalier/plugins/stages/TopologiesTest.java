package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.NoOptions;
import io.espalier.data.Augment;
import io.espalier.data.Dataset;
import io.espalier.data.ImageShape;
import io.espalier.data.Split;
import io.espalier.engine.Program;
import io.espalier.engine.TrainingPlan;
import io.espalier.engine.Wanted;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Cost;
import io.espalier.network.Decomposition;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Basis pruning from end to end, stage by stage, on every topology that the tests know. */
class TopologiesTest {

    private final Bench context = new Bench();

    /** Importance as the training summed it. */
    private record Taylor() implements Criterion<Record> {

        @Override
        public Set<UnitKind> units() {
            return Set.of(UnitKind.BASIS_VECTOR);
        }

        @Override
        public INDArray score(UnitGroup group, Record options, CriterionContext context) {
            return Nd4j.createFromArray(group.importance().orElseThrow());
        }
    }

    static Stream<String> topologies() {
        return Networks.byName().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void basisPruningGoesFromDecompositionToFoldOnEveryTopology(String name) {
        Network network = Networks.byName().get(name);
        Candidate decomposed = decomposed(network, Decompose.Basis.KERNEL, Optional.empty());
        assertThat(Networks.difference(predict(decomposed.network()), predict(network))).isLessThan(1e-4);
        goOn(network, decomposed);
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void andWithBasesFromDataToo(String name) {
        Network network = Networks.byName().get(name);
        Candidate decomposed = decomposed(network, Decompose.Basis.DATA, Optional.of(0.95));
        goOn(network, decomposed);
    }

    private Candidate decomposed(Network network, Decompose.Basis basis, Optional<Double> energy) {
        return new Decompose().apply(
                candidate(network), new Decompose.Options(Decompose.Method.BASIS, basis, energy, Optional.empty(), Decompose.BatchNorm.FOLD), context);
    }

    private void goOn(Network network, Candidate decomposed) {
        Candidate trained = new TrainScalings().apply(decomposed, training(), context);
        assertThat(trained.importance().keySet())
                .containsExactlyInAnyOrderElementsOf(Decomposition.scalings(decomposed.network()).stream().map(Node::name).toList());
        assertThat(changed(decomposed.network(), trained.network()))
                .allMatch(layer -> Heads.nodes(network).contains(layer) || Decomposition.isScaling(decomposed.network().node(layer)))
                .isNotEmpty();

        Candidate pruned = new Threshold().apply(trained, new Threshold.Options(
                new Chosen<>("taylor", new Taylor(), new NoOptions()), 0.4, Selection.Of.UNITS, Optional.empty(), Selection.Scope.GLOBAL,
                Selection.Normalise.L2, 0, 0, 1, WhenEmpty.REFUSE), context);
        Candidate folded = new Fold().apply(pruned, new NoOptions(), context);
        assertThat(Networks.difference(predict(folded.network()), predict(pruned.network()))).isLessThan(1e-5);
        assertThat(Decomposition.scalings(folded.network())).isEmpty();
        assertThat(Cost.of(folded.network())).isEqualTo(Cost.of(pruned.network()));
        assertThat(Cost.of(folded.network()).parameters()).isLessThan(Cost.of(network).parameters());

        Candidate measured = new Evaluate().apply(folded, new Evaluate.Options(Dataset.Part.TEST, Optional.empty(), Optional.empty(), 100), context);
        assertThat(measured.metrics()).containsKeys("accuracy.test.loaded", "accuracy.test.pruned");
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void channelScalingGoesFromInsertionToFoldOnEveryTopology(String name) {
        Network network = Networks.byName().get(name);
        Candidate scaled = new InsertScalings().apply(candidate(network), new NoOptions(), context);
        assertThat(Networks.difference(predict(scaled.network()), predict(network))).isLessThan(1e-6);

        Candidate trained = new TrainScalings().apply(scaled, training(0.05, 0.05), context);
        assertThat(changed(scaled.network(), trained.network()))
                .allMatch(layer -> Heads.nodes(scaled.network()).contains(layer) || ChannelScalings.isScaling(scaled.network().node(layer)))
                .isNotEmpty();
        assertThat(ChannelScalings.factors(trained.network()).values()).allSatisfy(factors -> assertThat(Arrays.stream(factors).min().orElseThrow()).isNotNegative());

        double median = median(ChannelScalings.scores(trained.network(), ChannelScalings.groups(trained.network())));
        Candidate selected = new SelectChannels().apply(
                trained, new SelectChannels.Options(median, 0, 1, WhenEmpty.REFUSE), context);
        assertThat(Cost.of(selected.network()).flops()).isLessThan(Cost.of(network).flops());
        assertThat(ChannelScalings.factors(selected.network()).values()).allSatisfy(factors -> assertThat(factors).containsOnly(1));
        assertThat(selected.kept().orElseThrow().network().digest()).isEqualTo(trained.network().digest());

        Candidate folded = new Fold().apply(new TrainScalings().apply(selected, training(0.05, 0), context), new NoOptions(), context);
        assertThat(ChannelScalings.scalings(folded.network())).isEmpty();
        Candidate measured = new Evaluate().apply(folded, new Evaluate.Options(Dataset.Part.TEST, Optional.empty(), Optional.empty(), 100), context);
        assertThat(measured.metrics()).containsKeys("accuracy.test.loaded", "accuracy.test.pruned");
    }

    private static double median(Map<String, double[]> scores) {
        double[] all = scores.values().stream().flatMapToDouble(Arrays::stream).sorted().toArray();
        return all[all.length / 2];
    }

    private static TrainScalings.Options training() {
        return training(0.002, 0);
    }

    private static TrainScalings.Options training(double learningRate, double l1) {
        return new TrainScalings.Options(
                1, 10, learningRate, 0.001, TrainScalings.TrainHead.YES, Optional.empty(), TrainingPlan.Updater.ADAM, TrainingPlan.Schedule.COSINE, 1,
                l1, Augment.NONE, TrainingRun.ClassWeights.BALANCED, 0, "", Optional.empty(), Optional.empty());
    }

    private static List<String> changed(Network before, Network after) {
        List<String> changed = new ArrayList<>();
        for (Node node : before.nodes()) {
            for (Map.Entry<String, INDArray> parameter : node.parameters().entrySet()) {
                if (!parameter.getValue().equals(after.node(node.name()).parameter(parameter.getKey()))) {
                    changed.add(node.name());
                }
            }
        }
        return changed;
    }

    private INDArray predict(Network network) {
        try (Program program = context.engine().compile(network, Wanted.PREDICTIONS)) {
            return program.predict(Networks.images(network, 4));
        }
    }

    private static Candidate candidate(Network network) {
        Split split = split(network, 30);
        Dataset dataset = Dataset.of("noise", network.classes(), split, split(network, 20), split(network, 20), "");
        return Candidate.of(network, dataset).withMilestone(Candidate.LOADED, network);
    }

    private static Split split(Network network, int size) {
        ImageShape shape = network.preprocessing().input();
        Random random = new Random(size);
        List<byte[]> images = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            byte[] pixels = new byte[shape.length()];
            random.nextBytes(pixels);
            images.add(pixels);
        }
        return new Split(shape, images, IntStream.range(0, size).map(i -> i % Networks.CLASSES).toArray());
    }
}
