package io.espalier.network;

import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Factors for the channels of frozen convolutions: put in, scored, multiplied in. Source: Wong, Kashyap, Moradi, "Channel
 * Scaling: A Scale-and-Select Approach for Transfer Learning", 2021.
 */
public final class ChannelScalings {

    private static final String SCALING = "-scaling";

    private ChannelScalings() {}

    /** Whether a node scales channels. */
    public static boolean isScaling(Node node) {
        return node.layer(ChannelScaling.class).isPresent();
    }

    /** The nodes that scale channels. */
    public static List<Node> scalings(Network network) {
        return network.nodes().stream().filter(ChannelScalings::isScaling).toList();
    }

    /**
     * The network with a factor of 1 for each channel of every convolution whose channels can be removed: behind its
     * activation, or behind its batch norm where a sum or a concatenation reads that.
     *
     * @throws UnsupportedTopologyException when channels cannot be followed
     */
    public static Network insert(Network network) {
        Set<String> makers = Channels.groups(network).stream()
                .flatMap(group -> group.members().stream())
                .filter(member -> member.role() == UnitGroup.Role.KERNEL)
                .map(UnitGroup.Member::layer)
                .collect(Collectors.toSet());
        Map<String, InputType> types = network.outputTypes();
        NetworkEdit edit = network.edit();
        for (Node node : network.nodes()) {
            if (makers.contains(node.name()) && node.layer(ConvolutionLayer.class).isPresent()) {
                insert(network, behind(network, node), ((InputType.InputTypeConvolutional) types.get(node.name())).getChannels(), edit);
            }
        }
        return edit.build();
    }

    /** The last of what alone reads a convolution, changes each channel by itself and keeps the places. */
    private static String behind(Network network, Node convolution) {
        Node last = convolution;
        List<Node> readers = network.consumers(last.name());
        while (readers.size() == 1 && isOwn(readers.get(0))) {
            last = readers.get(0);
            readers = network.consumers(last.name());
        }
        return last.name();
    }

    private static boolean isOwn(Node node) {
        return node.layer(BatchNormalization.class).isPresent() || node.layer(ActivationLayer.class).isPresent() || isAffine(node);
    }

    private static boolean isAffine(Node node) {
        return node.layer(ChannelAffine.class).isPresent();
    }

    private static void insert(Network network, String after, long channels, NetworkEdit edit) {
        String wished = after + SCALING;
        while (network.has(wished)) {
            wished += "'";
        }
        String name = wished;
        edit.add(Node.layer(
                name, new ChannelScaling(channels), List.of(after), Map.of(ChannelScaling.FACTORS, Nd4j.ones(DataType.FLOAT, channels))));
        for (Node reader : network.consumers(after)) {
            Node now = edit.node(reader.name());
            edit.replace(now.reading(now.inputs().stream().map(input -> input.equals(after) ? name : input).toList()));
        }
    }

    /** The groups of channels all of whose units have factors. */
    public static List<UnitGroup> groups(Network network) {
        return Channels.groups(network).stream().filter(group -> !factors(network, group).isEmpty()).toList();
    }

    /**
     * What each unit is scored by: the largest of its factors, since channels that are added to one another go together or not
     * at all.
     *
     * @return [units] by the name of the group
     */
    public static Map<String, double[]> scores(Network network, List<UnitGroup> groups) {
        Map<String, double[]> scores = new HashMap<>();
        for (UnitGroup group : groups) {
            double[] largest = new double[group.size()];
            for (UnitGroup.Member member : factors(network, group)) {
                INDArray own = member.units();
                for (int unit = 0; unit < largest.length; unit++) {
                    largest[unit] = Math.max(largest[unit], own.getRow(unit).maxNumber().doubleValue());
                }
            }
            scores.put(group.name(), largest);
        }
        return scores;
    }

    private static List<UnitGroup.Member> factors(Network network, UnitGroup group) {
        return group.members().stream().filter(member -> isScaling(network.node(member.layer()))).toList();
    }

    /**
     * Multiplies all factors into what reads them: convolutions, dense layers and batch norms, also through pooling, padding,
     * concatenation and rectifiers, which a factor of at least 0 passes. Where something else reads them (a sum, attention) a
     * frozen affine stays before it. Exact in inference.
     */
    public static Network fold(Network network) {
        return scalings(network).isEmpty() ? network : new FactorFlow(network).folded();
    }

    /** Factors by the name of the layer that has them, for people. */
    public static Map<String, double[]> factors(Network network) {
        Map<String, double[]> factors = new LinkedHashMap<>();
        scalings(network).forEach(node -> factors.put(
                node.name(), node.parameter(ChannelScaling.FACTORS).castTo(DataType.DOUBLE).dup('c').data().asDouble()));
        return factors;
    }
}
