package io.espalier.plugins.gradients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.Couplings;
import io.espalier.Networks;
import io.espalier.Workbench;
import io.espalier.api.Candidate;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.data.Batch;
import io.espalier.network.Channels;
import io.espalier.network.UnitGroup;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Scores against differences of the loss of DL4J's own graph in float64, over weights that were found to go together by hand. */
class GradientCriteriaTest {

    private static final int IMAGES = 4;
    private static final double STEP = 1e-4;

    static List<?> couplings() {
        return Couplings.arguments();
    }

    private static <O extends Record> double[] scores(Criterion<O> criterion, O options, Couplings coupling) {
        UnitGroup group = Channels.groups(coupling.network()).stream().filter(g -> g.name().equals(coupling.group())).findFirst().orElseThrow();
        Candidate candidate = Workbench.candidate(coupling.network(), IMAGES);
        return criterion.score(group, options, CriterionContext.of(candidate, new Workbench())).toDoubleVector();
    }

    /** The network as DL4J runs it, in float64, its parameters to be written, and the loss of some of the images. */
    private static final class Measured {

        final ComputationGraph graph;
        final INDArray images;
        final int[] labels;

        Measured(Couplings coupling) {
            graph = coupling.network().graph(DataType.DOUBLE, ComputationGraph::new);
            try (Batch batch = Workbench.train(Workbench.candidate(coupling.network(), IMAGES))) {
                images = batch.images().castTo(DataType.DOUBLE);
                labels = batch.classes().clone();
            }
        }

        double loss(int from, int to) {
            INDArray probabilities = graph.outputSingle(images.get(NDArrayIndex.interval(from, to)).dup('c'));
            return IntStream.range(from, to).mapToDouble(i -> -Math.log(probabilities.getDouble(i - from, labels[i]))).average().orElseThrow();
        }

        /** The part of a parameter that belongs to a unit. */
        Part part(String place, int unit) {
            String[] parts = place.split("/");
            INDArray tensor = graph.getLayer(parts[0]).getParam(parts[1]);
            int dimension = Math.min(tensor.rank() - 1, Integer.parseInt(parts[2]));
            return new Part(tensor, LongStream.range(0, tensor.length())
                    .mapToObj(i -> Shape.ind2subC(tensor.shape(), i))
                    .filter(index -> index[dimension] == unit)
                    .toList());
        }

        /** Change of the loss when all those parts are multiplied by 1 + step. */
        double slope(List<String> places, int unit) {
            List<Part> parts = places.stream().map(place -> part(place, unit)).toList();
            List<double[]> before = parts.stream().map(Part::numbers).toList();
            scale(parts, before, 1 + STEP);
            double up = loss(0, IMAGES);
            scale(parts, before, 1 - STEP);
            double down = loss(0, IMAGES);
            scale(parts, before, 1);
            return (up - down) / (2 * STEP);
        }

        private static void scale(List<Part> parts, List<double[]> before, double factor) {
            for (int part = 0; part < parts.size(); part++) {
                for (int i = 0; i < before.get(part).length; i++) {
                    parts.get(part).set(i, before.get(part)[i] * factor);
                }
            }
        }

        /** w^2 F / 2 of one number. */
        double saliency(Part part, int index) {
            double weight = part.numbers()[index];
            double squares = 0;
            for (int image = 0; image < IMAGES; image++) {
                part.set(index, weight + STEP);
                double up = loss(image, image + 1);
                part.set(index, weight - STEP);
                double down = loss(image, image + 1);
                part.set(index, weight);
                squares += Math.pow((up - down) / (2 * STEP), 2) / IMAGES;
            }
            return weight * weight * squares / 2;
        }
    }

    /** Some numbers of a tensor, one by one: views of views of DL4J's parameters are not to be trusted. */
    private record Part(INDArray tensor, List<long[]> indices) {

        double[] numbers() {
            return indices.stream().mapToDouble(tensor::getDouble).toArray();
        }

        void set(int i, double value) {
            tensor.putScalar(indices.get(i), value);
        }
    }

    private static void compare(double[] scores, int unit, double expected) {
        double largest = IntStream.range(0, scores.length).mapToDouble(i -> Math.abs(scores[i])).max().orElseThrow();
        assertThat(largest).isPositive();
        assertThat(scores[unit]).as("unit %d of %s", unit, Arrays.toString(scores)).isCloseTo(expected, within(1e-4 * largest));
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void taylorOnWeightsIsTheSquaredSlopeOfAFactorOnEachLayerThatMakesTheUnit(Couplings coupling) {
        Measured measured = new Measured(coupling);
        double[] scores = scores(new TaylorWeights(), new TaylorWeights.Options(IMAGES, IMAGES), coupling);
        assertThat(scores).hasSize(coupling.size());
        for (int unit = 0; unit < scores.length; unit++) {
            int one = unit;
            double expected = coupling.makers().stream()
                    .map(maker -> withBias(maker, coupling))
                    .mapToDouble(places -> Math.pow(measured.slope(places, one), 2))
                    .sum();
            compare(scores, unit, expected);
        }
    }

    private static List<String> withBias(String maker, Couplings coupling) {
        String layer = maker.substring(0, maker.indexOf('/') + 1);
        return Stream.concat(Stream.of(maker), coupling.biases().stream().filter(b -> b.startsWith(layer))).toList();
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void taylorOnBatchNormsIsTheSquaredSlopeOfAFactorOnEachOrARefusalThatNamesTheLayer(Couplings coupling) {
        TaylorBatchNorm.Options options = new TaylorBatchNorm.Options(IMAGES, IMAGES);
        if (coupling.norms().isEmpty()) {
            assertThatThrownBy(() -> scores(new TaylorBatchNorm(), options, coupling))
                    .isInstanceOf(InputException.class)
                    .hasMessageContainingAll("'taylor-batch-norm'", "layer '" + coupling.group() + "'", "keep=" + coupling.group(), "taylor-weights");
            return;
        }
        Measured measured = new Measured(coupling);
        double[] scores = scores(new TaylorBatchNorm(), options, coupling);
        for (int unit = 0; unit < scores.length; unit++) {
            int one = unit;
            compare(scores, unit, coupling.norms().stream()
                    .mapToDouble(norm -> Math.pow(measured.slope(List.of(norm + "/gamma/1", norm + "/beta/1"), one), 2))
                    .sum());
        }
    }

    @ParameterizedTest
    @MethodSource("couplings")
    void fisherIsTheSumOfTheSaliencyOfEveryWeight(Couplings coupling) {
        Measured measured = new Measured(coupling);
        double[] scores = scores(new Fisher(), new Fisher.Options(IMAGES, 1), coupling);
        int unit = coupling.size() - 1;
        double expected = 0;
        for (List<String> places : List.of(coupling.makers(), coupling.biases())) {
            for (String place : places) {
                Part part = measured.part(place, unit);
                for (int i = 0; i < part.indices().size(); i++) {
                    expected += measured.saliency(part, i);
                }
            }
        }
        compare(scores, unit, expected);
    }

    @Test
    void onePassScoresAllGroupsAsEachAlone() {
        Candidate candidate = Workbench.candidate(Networks.residual(), IMAGES);
        CriterionContext context = CriterionContext.of(candidate, new Workbench());
        List<UnitGroup> groups = Channels.groups(candidate.network());
        TaylorWeights.Options options = new TaylorWeights.Options(5, 2);
        Map<String, INDArray> together = new TaylorWeights().scores(groups, options, context);
        assertThat(together.keySet()).containsExactlyInAnyOrderElementsOf(groups.stream().map(UnitGroup::name).collect(Collectors.toSet()));
        groups.forEach(group -> {
            double[] alone = new TaylorWeights().score(group, options, context).toDoubleVector();
            assertThat(together.get(group.name()).toDoubleVector()).containsExactly(alone, within(1e-12));
        });
    }

    @Test
    void importanceIsTheMeanOverBatches() {
        Couplings coupling = Couplings.ALL.get(0);
        double[] all = scores(new TaylorWeights(), new TaylorWeights.Options(IMAGES, IMAGES), coupling);
        double[] halves = scores(new TaylorWeights(), new TaylorWeights.Options(IMAGES, IMAGES / 2), coupling);
        double[] more = scores(new TaylorWeights(), new TaylorWeights.Options(100 * IMAGES, IMAGES), coupling);
        assertThat(more).as("all images where there are fewer").containsExactly(all);
        assertThat(Arrays.stream(halves).sum())
                .as("squares of halves are larger than those of the whole")
                .isGreaterThan(Arrays.stream(all).sum());
    }
}
