package io.espalier.plugins.criteria;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.engine.ParameterKey;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.BasisVectors;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.Preprocessing;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class CriteriaTest {

    private static final long SEED = 20260101;

    /** The trained factors of the first layer, which has 9 vectors; some are negative, as training may leave them. */
    private static final double[] FACTORS = {1, -0.5, 0.25, 2, 0, -3, 0.125, 1, 0.5};

    private static final double[] IMPORTANCE = {9, 8, 7, 6, 5, 4, 3, 2, 1e-9};

    private static Network plain() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(SEED)
                .graphBuilder()
                .addInputs("in")
                .addLayer("first", new ConvolutionLayer.Builder(3, 3).nIn(1).nOut(12).activation(Activation.RELU).build(), "in")
                .addLayer("second", new ConvolutionLayer.Builder(3, 3).nIn(12).nOut(9).activation(Activation.RELU).build(), "first")
                .addLayer("out", new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build(), "second")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(8, 8, 1))
                .build());
        graph.init();
        Preprocessing preprocessing = new Preprocessing(new ImageShape(1, 8, 8), Fit.PAD, Normalisation.UNIT);
        return Network.of(graph, preprocessing, List.of("a", "b", "c"));
    }

    private static Network network() {
        Network decomposed = Decomposition.decompose(plain());
        Node scaling = decomposed.node("first");
        return decomposed.edit()
                .replace(scaling.with(Map.of(BasisScalingConvolution.FACTORS, Nd4j.createFromArray(FACTORS).castTo(DataType.FLOAT))))
                .build();
    }

    private static List<UnitGroup> groups() {
        return BasisVectors.groups(network(), Map.of("first", IMPORTANCE));
    }

    /** Scores of the first layer's vectors. */
    private static double[] scores(Criterion<NoOptions> criterion) {
        return scores(criterion, groups().get(0), SEED);
    }

    private static double[] scores(Criterion<NoOptions> criterion, UnitGroup group, long seed) {
        assertThat(criterion.units()).containsExactly(UnitKind.BASIS_VECTOR);
        INDArray scores = criterion.score(group, new NoOptions(), new Seeded(network(), seed));
        assertThat(scores.shape()).containsExactly(group.size());
        return scores.castTo(DataType.DOUBLE).toDoubleVector();
    }

    /** Randomness by seed and name; nothing else may be asked for. */
    private record Seeded(Network network, long seed) implements CriterionContext {

        @Override
        public INDArray samples(int count) {
            throw new AssertionError("these criteria need no images");
        }

        @Override
        public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
            throw new AssertionError("these criteria need no feature maps");
        }

        @Override
        public void observe(Set<String> layers, int images, int batch, Consumer<Map<String, INDArray>> each) {
            throw new AssertionError("these criteria need no images");
        }

        @Override
        public void gradients(Set<ParameterKey> parameters, int images, int batch, Consumer<Map<ParameterKey, INDArray>> each) {
            throw new AssertionError("these criteria need no images");
        }

        @Override
        public Random random(String group) {
            return new Random(seed ^ group.hashCode());
        }
    }

    /** By definition, not by our decomposition: the square roots of the eigenvalues of the kernels' Gram matrix. */
    private static double[] singularValues() {
        INDArray kernels = plain().node("first").parameter("W");
        INDArray matrix = kernels.reshape(12, 9).castTo(DataType.DOUBLE);
        return eigenvalues(matrix.transpose().mmul(matrix).toDoubleMatrix());
    }

    /** Square roots of the eigenvalues of a symmetric matrix by Jacobi's rotations, falling. */
    private static double[] eigenvalues(double[][] a) {
        int n = a.length;
        for (int sweep = 0; sweep < 30; sweep++) {
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotate(a, p, q);
                }
            }
        }
        return IntStream.range(0, n).mapToDouble(i -> -a[i][i]).sorted().map(v -> Math.sqrt(-v)).toArray();
    }

    private static void rotate(double[][] a, int p, int q) {
        double angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
        double c = Math.cos(angle);
        double s = Math.sin(angle);
        for (int k = 0; k < a.length; k++) {
            double x = a[k][p];
            double y = a[k][q];
            a[k][p] = c * x - s * y;
            a[k][q] = s * x + c * y;
        }
        for (int k = 0; k < a.length; k++) {
            double x = a[p][k];
            double y = a[q][k];
            a[p][k] = c * x - s * y;
            a[q][k] = s * x + c * y;
        }
    }

    @Test
    void singularValueIsTheKernelsOwn() {
        assertThat(scores(new SingularValue())).containsExactly(singularValues(), within(1e-5));
    }

    @Test
    void scaleMagnitudeIsTheFactorWithoutItsSign() {
        assertThat(scores(new ScaleMagnitude())).containsExactly(1, 0.5, 0.25, 2, 0, 3, 0.125, 1, 0.5);
    }

    @Test
    void scaleEnergyIsTheSingularValueAsScaled() {
        double[] expected = singularValues();
        for (int i = 0; i < expected.length; i++) {
            expected[i] *= Math.abs(FACTORS[i]);
        }
        assertThat(scores(new ScaleEnergy())).containsExactly(expected, within(1e-5));
    }

    @Test
    void basisTaylorIsTheImportanceOfTheLastTraining() {
        assertThat(scores(new BasisTaylor())).containsExactly(IMPORTANCE);
    }

    @Test
    void basisTaylorWithoutATrainingSaysWhatToPutBefore() {
        assertThatThrownBy(() -> scores(new BasisTaylor(), groups().get(1), SEED))
                .isInstanceOf(InputException.class)
                .hasMessage("criterion 'basis-taylor' needs the importance sums of a training; put stage:train-scalings before");
    }

    @Test
    void randomScoresDependOnSeedAndGroupAlone() {
        UnitGroup first = groups().get(0);
        UnitGroup second = groups().get(1);
        assertThat(first.size()).isEqualTo(second.size());
        double[] scores = scores(new RandomScore(), first, SEED);
        assertThat(scores(new RandomScore(), first, SEED)).isEqualTo(scores);
        assertThat(scores(new RandomScore(), second, SEED)).isNotEqualTo(scores);
        assertThat(scores(new RandomScore(), first, SEED + 1)).isNotEqualTo(scores);
        assertThat(Arrays.stream(scores).boxed()).doesNotHaveDuplicates().allMatch(s -> s >= 0 && s < 1);
    }

    @Test
    void scoringChangesNoGroup() {
        UnitGroup group = groups().get(0);
        INDArray factors = group.scales().orElseThrow().dup();
        INDArray values = group.singularValues().orElseThrow().dup();
        for (Criterion<NoOptions> criterion : List.of(new SingularValue(), new ScaleMagnitude(), new ScaleEnergy(), new BasisTaylor())) {
            scores(criterion, group, SEED);
        }
        assertThat(group.scales().orElseThrow()).isEqualTo(factors);
        assertThat(group.singularValues().orElseThrow()).isEqualTo(values);
    }
}
