package io.espalier;

import io.espalier.network.Network;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.provider.Arguments;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What goes with the channels of some groups of {@link Networks}, worked out by hand: a chain (with a flattened map), a
 * residual sum, a depthwise convolution and dense blocks.
 *
 * @param topology name in {@link Networks#byName}
 * @param group name of the group
 * @param makers {@code layer/parameter/dimension} of the weights that make a unit
 * @param biases the same of what is added to them
 * @param readers the same of the weights that read it
 * @param norms batch norms that it goes through; it is channel i of each
 * @param maps layers whose outputs the readers read, before pooling; the unit is channel i of each
 */
public record Couplings(
        String topology, String group, List<String> makers, List<String> biases, List<String> readers, List<String> norms, List<String> maps) {

    private static final Map<String, Network> NETWORKS = Networks.byName();

    public static final List<Couplings> ALL = List.of(
            new Couplings("chain", "conv1", List.of("conv1/W/0"), List.of("conv1/b/1"), List.of("conv2/W/1"), List.of(), List.of("conv1")),
            new Couplings("chain", "conv2", List.of("conv2/W/0"), List.of("conv2/b/1"), List.of("conv3/W/1"), List.of("norm2"), List.of("relu2")),
            new Couplings("chain", "conv3", List.of("conv3/W/0"), List.of("conv3/b/1"), List.of("dense/W/0"), List.of(), List.of("conv3")),
            new Couplings("chain", "dense", List.of("dense/W/1"), List.of("dense/b/1"), List.of("out/W/0"), List.of(), List.of("dense")),
            new Couplings("residual", "stem", List.of("stem/W/0", "c1/W/0"), List.of("stem/b/1", "c1/b/1"),
                    List.of("c1/W/1", "c2/W/1", "p2/W/1"), List.of("n1", "n2"), List.of("stem", "n2", "r1")),
            new Couplings("depthwise", "expand", List.of("expand/W/0", "depth/W/2"), List.of("expand/b/1", "depth/b/1"),
                    List.of("project/W/1"), List.of(), List.of("depth")),
            new Couplings("dense", "stem", List.of("stem/W/0"), List.of(), List.of("d1-narrow/W/1", "d2-narrow/W/1", "t-conv/W/1"),
                    List.of("d1a-norm", "d2a-norm", "t-norm"), List.of("d1a-relu", "d2a-relu", "t-relu")));

    /** For parameterized tests. */
    public static List<Arguments> arguments() {
        return ALL.stream().map(Arguments::of).toList();
    }

    public Network network() {
        return NETWORKS.get(topology);
    }

    /** Number of units: what the first layer makes. */
    public int size() {
        return Math.toIntExact(network().node(group).parameter("W").size(group.equals("dense") ? 1 : 0));
    }

    /** Numbers of one unit in a parameter. A row of weights that reads a flattened map is one pixel of a channel. */
    public double[] numbers(Map<String, INDArray> parameters, String place, int unit) {
        String[] parts = place.split("/");
        INDArray tensor = parameters.get(parts[0] + "/" + parts[1]);
        int dimension = Integer.parseInt(parts[2]);
        int each = readers.contains(place) || makers.contains(place) ? Math.toIntExact(tensor.size(dimension) / channels(place, tensor, dimension)) : 1;
        return IntStream.range(unit * each, (unit + 1) * each)
                .mapToObj(position -> tensor.slice(position, dimension).dup('c').data().asDouble())
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    /** Channels that a dimension runs along: those of a concatenation go on behind the group's own. */
    private long channels(String place, INDArray tensor, int dimension) {
        boolean flattened = place.equals("dense/W/0");
        return flattened ? size() : tensor.size(dimension);
    }

    /** All parameters of a network by {@code layer/parameter}. */
    public static Map<String, INDArray> parameters(Network network) {
        Map<String, INDArray> parameters = new HashMap<>();
        network.nodes().forEach(node -> node.parameters().forEach((key, value) -> parameters.put(node.name() + "/" + key, value)));
        return parameters;
    }

    @Override
    public String toString() {
        return topology + ", " + group;
    }
}
