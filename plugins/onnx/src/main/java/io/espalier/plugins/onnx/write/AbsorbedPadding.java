package io.espalier.plugins.onnx.write;

import io.espalier.layers.ConstantPadding;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;

/**
 * Padding layers that the window behind them takes over, since ONNX's windows pad each side on its own and DL4J's do not.
 * Only where that is exact: zeros before a convolution or a mean that counts them, lowest numbers before a maximum.
 */
final class AbsorbedPadding {

    private AbsorbedPadding() {}

    /** What each of them adds, by its node's name. */
    static Map<String, Pads> of(Network network) {
        Map<String, Pads> absorbed = new HashMap<>();
        for (Node node : network.nodes()) {
            List<Node> readers = network.consumers(node.name());
            if (readers.size() == 1 && !node.name().equals(network.output()) && readers.get(0).preProcessor().isEmpty()) {
                Node reader = readers.get(0);
                zeros(node).filter(pads -> takesZeros(reader, pads))
                        .or(() -> lowest(node).filter(pads -> isMaximum(reader, pads)))
                        .ifPresent(pads -> absorbed.put(node.name(), pads));
            }
        }
        return absorbed;
    }

    private static Optional<Pads> zeros(Node node) {
        return node.layer(ZeroPaddingLayer.class).map(ZeroPaddingLayer::getPadding).map(p -> new Pads(p[0], p[2], p[1], p[3]))
                .or(() -> node.layer(ConstantPadding.class).filter(padding -> padding.getValue() == 0).flatMap(AbsorbedPadding::ofSpace));
    }

    private static Optional<Pads> lowest(Node node) {
        return node.layer(ConstantPadding.class).filter(padding -> padding.getValue() <= -Float.MAX_VALUE).flatMap(AbsorbedPadding::ofSpace);
    }

    private static Optional<Pads> ofSpace(ConstantPadding padding) {
        int[] rows = padding.getRows();
        int[] columns = padding.getColumns();
        boolean leavesChannels = padding.getChannels()[0] == 0 && padding.getChannels()[1] == 0;
        return leavesChannels ? Optional.of(new Pads(rows[0], columns[0], rows[1], columns[1])) : Optional.empty();
    }

    private static boolean isMaximum(Node reader, Pads pads) {
        return reader.layer(SubsamplingLayer.class)
                .filter(pooling -> pooling.getPoolingType() == PoolingType.MAX)
                .filter(pooling -> pooling.getConvolutionMode() != ConvolutionMode.Same && isBare(pooling))
                .filter(pooling -> pads.areSmallerThan(pooling.getKernelSize()))
                .isPresent();
    }

    private static boolean takesZeros(Node reader, Pads pads) {
        Optional<Layer> layer = reader.layer();
        if (layer.isPresent() && layer.get() instanceof ConvolutionLayer convolution) {
            return convolution.getConvolutionMode() != ConvolutionMode.Same && reader.layer(Deconvolution2D.class).isEmpty();
        }
        return reader.layer(SubsamplingLayer.class)
                .filter(pooling -> pooling.getPoolingType() == PoolingType.AVG)
                .filter(pooling -> pooling.getConvolutionMode() != ConvolutionMode.Same && isBare(pooling))
                .filter(pooling -> pads.areSmallerThan(pooling.getKernelSize()))
                .isPresent();
    }

    /** Padding of its own may be left out of the mean, where the zeros before it are not. */
    private static boolean isBare(SubsamplingLayer pooling) {
        return pooling.getPadding()[0] == 0 && pooling.getPadding()[1] == 0;
    }
}
