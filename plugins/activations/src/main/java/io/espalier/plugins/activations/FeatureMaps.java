package io.espalier.plugins.activations;

import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.UnitGroup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The maps of a group's units: what the layers that follow read of them, after sums, batch norms and activations, as it was
 * before pooling. Units that several layers read in several states (along the sums of a residual network) have several maps.
 *
 * @param layer that gives the maps
 * @param channels of each unit in what the layer gives, [units][channels]
 */
record FeatureMaps(String layer, int[][] channels) {

    /** What changes neither channels nor what is active in them, but makes maps smaller or larger. */
    private static final Set<Class<?>> POOLING =
            Set.of(GlobalPoolingLayer.class, SubsamplingLayer.class, DropoutLayer.class, ZeroPaddingLayer.class);

    /** The maps of a group, one for each layer that gives any. */
    static List<FeatureMaps> of(UnitGroup group, Network network) {
        Map<String, int[][]> places = Channels.places(network, group.name());
        Map<String, FeatureMaps> maps = new LinkedHashMap<>();
        for (UnitGroup.Member member : group.members()) {
            if (member.role() == UnitGroup.Role.READER) {
                String layer = beforePooling(network.node(member.layer()).inputs().get(0), network);
                maps.putIfAbsent(layer, new FeatureMaps(layer, places.get(layer)));
            }
        }
        return List.copyOf(maps.values());
    }

    private static String beforePooling(String layer, Network network) {
        Node node = network.node(layer);
        boolean pools = node.layer().map(l -> POOLING.contains(l.getClass())).orElse(node.vertex() instanceof PreprocessorVertex);
        return pools && network.has(node.inputs().get(0)) ? beforePooling(node.inputs().get(0), network) : layer;
    }

    /** Number of units. */
    int size() {
        return channels.length;
    }

    /**
     * The maps in what was observed.
     *
     * @param observed [batch, channels, height, width], or [batch, numbers], which are maps of one pixel
     */
    Observed in(INDArray observed) {
        boolean flat = observed.rank() == 2;
        int height = flat ? 1 : Math.toIntExact(observed.size(2));
        int width = flat ? 1 : Math.toIntExact(observed.size(3));
        return new Observed(
                observed.dup('c').data().asFloat(), Math.toIntExact(observed.size(0)), Math.toIntExact(observed.size(1)), height, width);
    }

    /**
     * Numbers of a batch of maps, in the order image, channel, row, column.
     *
     * @param images in the batch
     * @param channels of each
     */
    record Observed(float[] values, int images, int channels, int height, int width) {

        int area() {
            return height * width;
        }

        /** Index of the first number of a map. */
        int begin(int image, int channel) {
            return (image * channels + channel) * area();
        }
    }
}
