package io.espalier.network;

import io.espalier.Networks;
import io.espalier.data.ImageShape;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.Activation;

/**
 * How a network is put together of blocks.
 *
 * @param stem channels of the first convolution
 * @param blocks in order
 * @param hidden numbers of a dense layer between flattened maps and the output; 0 for global pooling and no such layer
 */
record Recipe(int stem, List<Block> blocks, int hidden) {

    private static final int PIXELS = 8;

    /** What papers call them. */
    enum Kind {
        PLAIN,
        /** Identity shortcut, with channels of zeros where it gets wider (option A). */
        RESIDUAL_A,
        /** Projection shortcut where shapes differ (option B). */
        RESIDUAL_B,
        BOTTLENECK,
        DENSE,
        INVERTED_RESIDUAL,
        INCEPTION,
        ATTENTION,
        DENSE_ATTENTION,
        GROUPED,
        COMBINED
    }

    /**
     * A block.
     *
     * @param width channels that it gives, where it is free to choose
     * @param inner channels inside of it
     * @param strided whether it halves height and width, where it can
     * @param activation after its batch norms
     */
    record Block(Kind kind, int width, int inner, boolean strided, Activation activation) {}

    Network build() {
        return new Building().network();
    }

    /** A network in the making: what was put last, and its shape. */
    private final class Building {

        private final GraphBuilder graph = Networks.builder();
        private String below = "in";
        private int channels = 3;
        private int pixels = PIXELS;
        private String block = "stem";

        Network network() {
            convolve(stem, 3, 1, Activation.RELU);
            for (int i = 0; i < blocks.size(); i++) {
                block = "b" + i;
                put(blocks.get(i));
            }
            if (hidden == 0) {
                graph.addLayer("global", new GlobalPoolingLayer(PoolingType.AVG), below).addLayer("out", Networks.output(), "global");
            } else {
                graph.addLayer("hidden", new DenseLayer.Builder().nOut(hidden).activation(Activation.RELU).build(), below)
                        .addLayer("out", Networks.output(), "hidden");
            }
            return Networks.network(graph, new ImageShape(3, PIXELS, PIXELS));
        }

        private void put(Block b) {
            int stride = b.strided() && pixels > 2 ? 2 : 1;
            switch (b.kind()) {
                case PLAIN -> convolve(b.width(), 3, stride, b.activation());
                case RESIDUAL_A -> residual(b, stride, true);
                case RESIDUAL_B -> residual(b, stride, false);
                case BOTTLENECK -> bottleneck(b, stride);
                case DENSE -> grow(b);
                case INVERTED_RESIDUAL -> invert(b, stride);
                case INCEPTION -> branch(b);
                case ATTENTION -> attend(b, false);
                case DENSE_ATTENTION -> attend(b, true);
                case GROUPED -> group(b, stride);
                case COMBINED -> combine(b);
            }
        }

        private String name(String part) {
            return block + "-" + part + graphSize();
        }

        private int graphSize() {
            return graph.getVertices().size();
        }

        private void layer(String part, org.deeplearning4j.nn.conf.layers.Layer layer) {
            String name = name(part);
            graph.addLayer(name, layer, below);
            below = name;
        }

        private void vertex(String part, org.deeplearning4j.nn.conf.graph.GraphVertex vertex, String... inputs) {
            String name = name(part);
            graph.addVertex(name, vertex, inputs);
            below = name;
        }

        private void from(String name, int itsChannels, int itsPixels) {
            below = name;
            channels = itsChannels;
            pixels = itsPixels;
        }

        private void convolve(int out, int kernel, int stride, Activation activation) {
            layer("conv", convolution(channels, out, kernel, stride));
            channels = out;
            pixels /= stride;
            normalise();
            activate(activation);
        }

        private ConvolutionLayer convolution(int in, int out, int kernel, int stride) {
            return new ConvolutionLayer.Builder(kernel, kernel).stride(stride, stride).padding(kernel / 2, kernel / 2)
                    .nIn(in).nOut(out).hasBias(out % 2 == 0).activation(Activation.IDENTITY).build();
        }

        private void normalise() {
            layer("norm", new BatchNormalization.Builder().nIn(channels).nOut(channels).useLogStd(false).build());
        }

        private void activate(Activation activation) {
            if (activation != Activation.IDENTITY) {
                layer("act", new ActivationLayer(activation));
            }
        }

        private void residual(Block b, int stride, boolean zeros) {
            String shortcut = below;
            int before = channels;
            int size = pixels;
            int out = zeros ? Math.max(channels, b.width()) : b.width();
            convolve(b.inner(), 3, stride, b.activation());
            convolve(out, 3, 1, Activation.IDENTITY);
            String body = below;
            from(shortcut, before, size);
            if (zeros) {
                pad(out - before, stride);
            } else if (out != before || stride != 1) {
                convolve(out, 1, stride, Activation.IDENTITY);
            }
            vertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), body, below);
            channels = out;
            pixels = size / stride;
            activate(b.activation());
        }

        private void pad(int zeros, int stride) {
            if (stride != 1) {
                layer("slice", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(1, 1).stride(stride, stride).build());
            }
            if (zeros > 0) {
                layer("zeros", new ConstantPadding(new int[2], new int[2], new int[] {zeros / 2, zeros - zeros / 2}, 0));
            }
        }

        private void bottleneck(Block b, int stride) {
            String shortcut = below;
            int before = channels;
            int size = pixels;
            convolve(b.inner(), 1, 1, b.activation());
            convolve(b.inner(), 3, stride, b.activation());
            convolve(b.width(), 1, 1, Activation.IDENTITY);
            String body = below;
            from(shortcut, before, size);
            convolve(b.width(), 1, stride, Activation.IDENTITY);
            vertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), body, below);
            activate(b.activation());
        }

        private void grow(Block b) {
            String all = below;
            int before = channels;
            normalise();
            activate(b.activation());
            layer("conv", convolution(channels, b.inner(), 3, 1));
            vertex("concat", new MergeVertex(), all, below);
            channels = before + b.inner();
        }

        private void invert(Block b, int stride) {
            String shortcut = below;
            boolean sum = stride == 1 && b.width() == channels;
            int multiplier = 1 + b.inner() % 2;
            convolve(b.inner(), 1, 1, b.activation());
            layer("depth", new DepthwiseConvolution2D.Builder(3, 3).stride(stride, stride).padding(1, 1).depthMultiplier(multiplier)
                    .nIn(channels).nOut(channels * multiplier).hasBias(b.strided()).activation(Activation.IDENTITY).build());
            channels *= multiplier;
            pixels /= stride;
            normalise();
            activate(b.activation());
            convolve(b.width(), 1, 1, Activation.IDENTITY);
            if (sum) {
                vertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), below, shortcut);
            }
        }

        private void branch(Block b) {
            String start = below;
            int before = channels;
            int size = pixels;
            convolve(b.inner(), 1, 1, b.activation());
            String one = below;
            from(start, before, size);
            convolve(b.width(), 3, 1, b.activation());
            String three = below;
            from(start, before, size);
            layer("pool", new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(3, 3).stride(1, 1).padding(1, 1).build());
            vertex("concat", new MergeVertex(), one, three, below);
            channels = b.inner() + b.width() + before;
        }

        private void attend(Block b, boolean dense) {
            String maps = below;
            layer("squeeze", new GlobalPoolingLayer.Builder(PoolingType.AVG).collapseDimensions(dense).build());
            if (dense) {
                layer("less", new DenseLayer.Builder().nIn(channels).nOut(b.inner()).activation(Activation.RELU).build());
                layer("more", new DenseLayer.Builder().nIn(b.inner()).nOut(channels).activation(Activation.SIGMOID).build());
            } else {
                layer("less", Networks.convolution(channels, b.inner(), 1, 1, Activation.RELU));
                layer("more", Networks.convolution(b.inner(), channels, 1, 1, Activation.SIGMOID));
            }
            vertex("gate", new Gate(), maps, below);
        }

        private void group(Block b, int stride) {
            int groups = 2 + b.inner() % 2;
            convolve(groups * 2, 1, 1, b.activation());
            int out = groups * (1 + b.width() % 3);
            layer("grouped", new GroupedConvolution(convolution(channels, out, 3, stride), groups));
            channels = out;
            pixels /= stride;
            normalise();
            activate(b.activation());
        }

        private void combine(Block b) {
            String start = below;
            int before = channels;
            int size = pixels;
            convolve(b.width(), 3, 1, b.activation());
            String one = below;
            from(start, before, size);
            convolve(b.width(), 1, 1, b.activation());
            ElementWiseVertex.Op[] ops = {ElementWiseVertex.Op.Product, ElementWiseVertex.Op.Max, ElementWiseVertex.Op.Average};
            vertex("combine", new ElementWiseVertex(ops[b.inner() % ops.length]), one, below);
        }
    }
}
