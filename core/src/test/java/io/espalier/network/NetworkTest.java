package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.data.Fit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class NetworkTest {

    static List<Network> networks() {
        List<Network> networks = new ArrayList<>(Networks.all());
        Networks.all().forEach(network -> networks.add(Decomposition.decompose(network)));
        return networks;
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aNetworkThatWentThroughDl4jHasTheSameDigest(Network network) throws InterruptedException {
        // Long enough for a clock to tick: no digest may depend on when it was worked out.
        Thread.sleep(5);
        assertThat(Network.of(network.graph(), network.preprocessing(), network.classes()).digest()).isEqualTo(network.digest());
    }

    @ParameterizedTest
    @MethodSource("networks")
    void anyParameterChangesTheDigest(Network network) {
        for (Node node : network.nodes()) {
            node.parameters().forEach((key, value) -> {
                INDArray changed = value.dup('c');
                changed.putScalar(changed.length() - 1, Math.nextUp(changed.getFloat(changed.length() - 1)));
                Network other = network.edit().replace(node.with(Map.of(key, changed))).build();
                assertThat(other.digest()).as("%s of %s", key, node.name()).isNotEqualTo(network.digest());
            });
        }
    }

    @Test
    void preprocessingAndClassesChangeTheDigest() {
        Network network = Networks.pooled();
        Preprocessing known = network.preprocessing();
        assertThat(network.with(new Preprocessing(known.input(), Fit.RESIZE, known.normalisation())).digest())
                .isNotEqualTo(network.digest());
        assertThat(network.withClasses(List.of("class 0", "class 1", "class 2", "class 3", "class four")).digest())
                .isNotEqualTo(network.digest());
        assertThat(network.withClasses(List.of("a, b", "c", "d", "e", "f")).digest())
                .isNotEqualTo(network.withClasses(List.of("a", "b, c", "d", "e", "f")).digest());
    }

    @Test
    void structureChangesTheDigest() {
        Network network = Networks.vgg();
        assertThat(network.edit().bypass("dropout2").build().digest()).isNotEqualTo(network.digest());
    }

    @Test
    void writingIntoTheGraphOfANetworkChangesNothingInIt() {
        Network network = Networks.chain();
        float[] before = network.node("conv1").parameter("W").dup('c').data().asFloat();
        ComputationGraph graph = network.graph();
        graph.params().assign(7);
        graph.getLayer("conv1").getParam("W").assign(8);
        assertThat(network.node("conv1").parameter("W").dup('c').data().asFloat()).isEqualTo(before);
        assertThat(Network.of(network.graph(), network.preprocessing(), network.classes()).digest()).isEqualTo(network.digest());
    }

    @Test
    void writingIntoAGraphAfterItWasTakenOverChangesNothing() {
        Network original = Networks.chain();
        ComputationGraph graph = original.graph();
        Network taken = Network.of(graph, original.preprocessing(), original.classes());
        graph.params().assign(7);
        graph.close();
        assertThat(taken.digest()).isEqualTo(original.digest());
    }
}
