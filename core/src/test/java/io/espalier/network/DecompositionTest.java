package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.espalier.Networks;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelAffine;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DecompositionTest {

    static List<Network> networks() {
        return Networks.all();
    }

    private static INDArray predict(Network network) {
        return network.graph().outputSingle(Networks.images(network, 4));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void withFactorsOfOneTheNetworkComputesWhatItComputed(Network network) {
        Network decomposed = Decomposition.decompose(network);
        assertThat(Decomposition.scalings(decomposed)).isNotEmpty();
        assertThat(Networks.difference(predict(decomposed), predict(network))).isLessThan(1e-4);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void foldingBatchNormsChangesNothing(Network network) {
        Network folded = BatchNorms.fold(network);
        assertThat(Networks.difference(predict(folded), predict(network))).isLessThan(1e-4);
    }

    @Test
    void onlyBatchNormsThatAreTheirConvolutionsOnlyConsumerAreFolded() {
        assertThat(BatchNorms.names(BatchNorms.fold(Networks.residual()))).containsExactly("n2");
        assertThat(BatchNorms.names(BatchNorms.fold(Networks.chain()))).isEmpty();
        assertThat(BatchNorms.names(BatchNorms.fold(Networks.invertedResiduals()))).isEmpty();
        assertThat(BatchNorms.names(BatchNorms.fold(Networks.grouped()))).isEmpty();
    }

    /** Before its convolution a batch norm stays; the one between two convolutions of a dense layer is the first's. */
    @Test
    void batchNormsOfADenseNetworkStayWhereTheyReadAConcatenation() {
        assertThat(BatchNorms.names(BatchNorms.fold(Networks.dense())))
                .containsExactly("d1a-norm", "d2a-norm", "t-norm", "d3a-norm", "last-norm");
    }

    @Test
    void anAffineBehindAConvolutionIsFoldedToo() {
        ChannelAffine affine = new ChannelAffine(12);
        Map<String, INDArray> parameters = Map.of(
                ChannelAffine.SCALE, Nd4j.linspace(0.5, 2, 12, DataType.FLOAT), ChannelAffine.SHIFT, Nd4j.linspace(-1, 1, 12, DataType.FLOAT));
        Network chain = Networks.chain();
        Network scaled = chain.edit().replace(chain.node("norm2").computing(affine, parameters)).build();
        Network folded = BatchNorms.fold(scaled);
        assertThat(folded.has("norm2")).isFalse();
        assertThat(Networks.difference(predict(folded), predict(scaled))).isLessThan(1e-5);
    }

    /** Batch norms folded, decomposed, factors and ranks changed, folded: as the engine runs it at both ends. */
    @ParameterizedTest
    @MethodSource("networks")
    void theEngineSeesNoDifferenceBetweenDecomposedAndFolded(Network network) {
        Network pruned = halved(withRandomFactors(Decomposition.decompose(BatchNorms.fold(network))));
        assertThat(Networks.difference(run(Decomposition.fold(pruned)), run(pruned))).isLessThan(1e-5);
        assertThat(Networks.difference(run(Decomposition.decompose(BatchNorms.fold(network))), run(network))).isLessThan(1e-4);
    }

    private static INDArray run(Network network) {
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            return program.predict(Networks.images(network, 4));
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void foldingGivesStandardLayersThatComputeTheSame(Network network) {
        Network pruned = halved(withRandomFactors(Decomposition.decompose(network)));
        Network folded = Decomposition.fold(pruned);
        assertThat(Decomposition.scalings(folded)).isEmpty();
        List<String> kinds = network.nodes().stream().map(Node::kind).toList();
        assertThat(folded.nodes()).extracting(Node::kind).allSatisfy(kind -> assertThat(kind).isIn(kinds));
        assertThat(Networks.difference(predict(folded), predict(pruned))).isLessThan(1e-5);
    }

    /** A vector that is a thousand times smaller than what it is multiplied by, and one whose factor is 0. */
    @ParameterizedTest
    @MethodSource("networks")
    void bothHalvesOfAFoldedConvolutionBearTheSameNorms(Network network) {
        Network uneven = withFactors(halved(Decomposition.decompose(network)), scaling -> {
            INDArray factors = Nd4j.linspace(-317, 900, Decomposition.rank(scaling), DataType.FLOAT);
            return factors.putScalar(factors.length() - 1, 0);
        });
        Network folded = Decomposition.fold(uneven);
        assertThat(Networks.difference(predict(folded), predict(uneven))).isLessThan(1e-5);
        List<Node> halves = folded.nodes().stream().filter(node -> node.name().endsWith("-basis")).toList();
        assertThat(halves).isNotEmpty();
        for (Node basis : halves) {
            INDArray filters = basis.parameter("W");
            INDArray columns = folded.consumers(basis.name()).get(0).parameter("W");
            double[] first = filters.reshape('c', filters.size(0), filters.length() / filters.size(0)).norm2(1).toDoubleVector();
            double[] second = columns.reshape('c', columns.size(0), columns.size(1)).norm2(0).toDoubleVector();
            for (int i = 0; i < first.length - 1; i++) {
                assertThat(second[i]).isCloseTo(first[i], withinPercentage(0.01));
            }
            assertThat(second[first.length - 1]).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void costIsThatOfTheFoldedNetwork(Network network) {
        Network pruned = halved(Decomposition.decompose(network));
        assertThat(Cost.of(pruned)).isEqualTo(Cost.of(Decomposition.fold(pruned)));
        assertThat(Cost.of(Decomposition.decompose(network))).isEqualTo(Cost.of(network));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aFactorOfZeroAndARemovedVectorGiveTheSameOutputs(Network network) {
        Network decomposed = withRandomFactors(Decomposition.decompose(network));
        Network masked = withFactors(decomposed, scaling -> {
            INDArray factors = scaling.parameter(BasisScalingConvolution.FACTORS).dup();
            for (long i = Math.max(1, factors.length() / 2); i < factors.length(); i++) {
                factors.putScalar(i, 0);
            }
            return factors;
        });
        assertThat(Networks.difference(predict(halved(decomposed)), predict(masked))).isLessThan(1e-5);
    }

    @Test
    void basisVectorsAreOrthonormalAndSingularValuesFall() {
        INDArray matrix = Nd4j.rand(DataType.FLOAT, 45, 12);
        for (INDArray m : List.of(matrix, matrix.transpose())) {
            SingularValues svd = SingularValues.of(m);
            INDArray product = svd.left().transpose().mmul(svd.right().mul(svd.values().reshape(12, 1)));
            assertThat(Networks.difference(product, m.castTo(product.dataType()))).isLessThan(1e-12);
            assertThat(Networks.difference(svd.left().mmul(svd.left().transpose()), Nd4j.eye(12).castTo(product.dataType()))).isLessThan(1e-9);
            assertThat(svd.values().toDoubleVector()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        }
    }

    @Test
    void aKernelAsWideAsThoseOfVgg16IsDecomposedToo() {
        INDArray matrix = Nd4j.randn(DataType.DOUBLE, 600, 256);
        SingularValues svd = SingularValues.of(matrix);
        INDArray product = svd.left().transpose().mmul(svd.right().mul(svd.values().reshape(256, 1)));
        assertThat(Networks.difference(product, matrix)).isLessThan(1e-12);
        assertThat(Networks.difference(svd.right().mmul(svd.right().transpose()), Nd4j.eye(256).castTo(DataType.DOUBLE))).isLessThan(1e-9);
    }

    @Test
    void aKernelOfLowRankGetsThatManyVectors() {
        INDArray column = Nd4j.rand(DataType.FLOAT, 20, 3);
        INDArray row = Nd4j.rand(DataType.FLOAT, 3, 9);
        SingularValues svd = SingularValues.of(column.mmul(row));
        assertThat(svd.values().length()).isEqualTo(3);
    }

    @Test
    void aKernelOfZerosKeepsOneVectorThatIsANumber() {
        for (INDArray zeros : List.of(Nd4j.zeros(6, 4), Nd4j.zeros(4, 6))) {
            SingularValues svd = SingularValues.of(zeros);
            assertThat(svd.values().toDoubleVector()).containsExactly(0);
            assertThat(svd.left().norm2Number().doubleValue()).isEqualTo(1);
            assertThat(svd.right().norm2Number().doubleValue()).isEqualTo(1);
        }
    }

    /** Keeps the first half of every layer's vectors. */
    static Network halved(Network decomposed) {
        List<PruningPlan.Removal> removals = BasisVectors.groups(decomposed, Map.of()).stream()
                .map(g -> new PruningPlan.Removal(
                        g.name(), g.kind(), g.size(), IntStream.range(g.size() / 2, g.size()).boxed().toList(), 0, 0))
                .filter(r -> r.removed().size() < r.size())
                .toList();
        return Surgeon.apply(new PruningPlan("half", removals, Map.of()), decomposed);
    }

    static Network withRandomFactors(Network decomposed) {
        return withFactors(decomposed, scaling -> Nd4j.linspace(0.4, 1.5, Decomposition.rank(scaling), DataType.FLOAT));
    }

    private static Network withFactors(Network decomposed, Function<Node, INDArray> factors) {
        NetworkEdit edit = decomposed.edit();
        Decomposition.scalings(decomposed).forEach(scaling ->
                edit.replace(scaling.with(Map.of(BasisScalingConvolution.FACTORS, factors.apply(scaling)))));
        return edit.build();
    }
}
