package io.espalier.plugins.onnx.read;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A vertex of the network in the making.
 *
 * @param name of the value that it computes
 * @param kind what it computes
 * @param inputs names of the parts that it reads, or of the network's input
 * @param extents of what it gives
 * @param flat whether it gives [batch, features]
 */
record Part(String name, Kind kind, List<String> inputs, Extents extents, boolean flat) {

    /** What a part computes. */
    sealed interface Kind permits Layered, Joined, Affine {

        /** Whether both compute the same, given the same weights. */
        boolean isLike(Kind other);
    }

    /**
     * A DL4J layer.
     *
     * @param layer its configuration
     * @param preProcessor reshapes its input; null for none, as DL4J has it
     * @param weights by DL4J's name, made when the network is assembled
     */
    record Layered(Layer layer, InputPreProcessor preProcessor, Map<String, Supplier<INDArray>> weights) implements Kind {

        Layered(Layer layer) {
            this(layer, null, Map.of());
        }

        @Override
        public boolean isLike(Kind other) {
            return other instanceof Layered that && layer.equals(that.layer) && Objects.equals(preProcessor, that.preProcessor);
        }
    }

    /** A DL4J vertex that is no layer. */
    record Joined(GraphVertex vertex) implements Kind {

        @Override
        public boolean isLike(Kind other) {
            return other instanceof Joined that && vertex.equals(that.vertex);
        }
    }

    /**
     * {@code scale * x + shift}, one of each for each channel.
     *
     * @param scale [channels]
     * @param shift [channels]
     */
    record Affine(float[] scale, float[] shift) implements Kind {

        @Override
        public boolean isLike(Kind other) {
            return other instanceof Affine that && Arrays.equals(scale, that.scale) && Arrays.equals(shift, that.shift);
        }

        /** Whether every channel gets the same. */
        boolean isUniform() {
            return isUniform(scale) && isUniform(shift);
        }

        private static boolean isUniform(float[] values) {
            for (float value : values) {
                if (value != values[0]) {
                    return false;
                }
            }
            return true;
        }

        /**
         * Whether it is made for 0..255 rather than for 0..1: no scaling of values in 0..1 makes them smaller still (their
         * deviations are near 1/4) or shifts them by more than a few of these.
         */
        boolean takesPixelValues() {
            return Math.abs(scale[0]) < 0.5 || Math.abs(shift[0]) > 10;
        }

        /** Whether nothing but a shift remains. */
        boolean onlyShifts() {
            return isUniform(scale) && scale[0] == 1;
        }
    }

    Part {
        inputs = List.copyOf(inputs);
    }

    static Part layer(String name, Layer layer, Feature input, Extents extents, boolean flat) {
        return layer(name, layer, Map.of(), input, extents, flat);
    }

    static Part layer(String name, Layer layer, Map<String, Supplier<INDArray>> weights, Feature input, Extents extents, boolean flat) {
        return new Part(name, new Layered(layer, null, weights), List.of(input.part()), extents, flat);
    }

    static Part vertex(String name, GraphVertex vertex, List<String> inputs, Extents extents, boolean flat) {
        return new Part(name, new Joined(vertex), inputs, extents, flat);
    }

    Part with(Kind other) {
        return new Part(name, other, inputs, extents, flat);
    }

    Part reading(String... others) {
        return new Part(name, kind, List.of(others), extents, flat);
    }

    Part named(String other) {
        return new Part(other, kind, inputs, extents, flat);
    }

    Optional<Affine> affine() {
        return kind instanceof Affine affine ? Optional.of(affine) : Optional.empty();
    }

    <L extends Layer> Optional<L> layer(Class<L> type) {
        return kind instanceof Layered layered && type.isInstance(layered.layer) ? Optional.of(type.cast(layered.layer)) : Optional.empty();
    }

    <V extends GraphVertex> Optional<V> vertex(Class<V> type) {
        return kind instanceof Joined joined && type.isInstance(joined.vertex) ? Optional.of(type.cast(joined.vertex)) : Optional.empty();
    }

    /** Whether it computes the same of the same with the same weights, whatever the extents. */
    boolean isLike(Part other) {
        return name.equals(other.name) && inputs.equals(other.inputs) && flat == other.flat && kind.isLike(other.kind);
    }

    /** Its activation, if it is nothing else. */
    Optional<IActivation> activation() {
        return layer(ActivationLayer.class).map(ActivationLayer::getActivationFn);
    }
}
