package io.espalier.bench;

import io.espalier.engine.ParameterKey;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.Activation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A whole network on a batch of 32 images of 32x32: predicting, and a step that trains all factors and the head. */
@State(Scope.Benchmark)
public class Steps extends TimedNetwork {

    private static final int SIZE = 32;
    private static final int BATCH = 32;

    /** A name, and the share of the rank of every convolution that is left. */
    @Param({"vgg16-0.25", "resnet20-1.0"})
    public String network;

    @Setup
    public void compile() {
        int dash = network.lastIndexOf('-');
        Network decomposed = decomposed(named(network.substring(0, dash)), Double.parseDouble(network.substring(dash + 1)));
        Set<ParameterKey> wanted = new HashSet<>(Set.of(new ParameterKey("out", "W"), new ParameterKey("out", "b")));
        Decomposition.scalings(decomposed).forEach(node -> wanted.add(new ParameterKey(node.name(), BasisScalingConvolution.FACTORS)));
        run(new Running(decomposed, wanted, BATCH, SIZE));
    }

    private static Network decomposed(Network whole, double share) {
        Map<String, Long> ranks = new HashMap<>();
        whole.nodes().stream().filter(Decomposition::isPlainConvolution).forEach(node -> {
            ConvolutionLayer layer = node.layer(ConvolutionLayer.class).orElseThrow();
            long inputs = node.parameter("W").length() / layer.getNOut();
            ranks.put(node.name(), Math.max(1, Math.round(share * Math.min(inputs, layer.getNOut()))));
        });
        return Decomposition.decompose(whole, ranks);
    }

    static Network named(String name) {
        return switch (name) {
            case "vgg16" -> vgg16();
            case "resnet20" -> resnet20();
            default -> throw new IllegalArgumentException("no network '" + name + "'");
        };
    }

    private static Network vgg16() {
        Sketch sketch = new Sketch();
        for (int[] block : new int[][] {{64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}}) {
            for (int width : block) {
                sketch.convolve(width, 3, 1, Activation.RELU);
            }
            sketch.put(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build(), sketch.channels());
        }
        return sketch.network(SIZE);
    }

    /** Batch norms folded; 1x1 convolutions where the shortcut changes its width. */
    private static Network resnet20() {
        Sketch sketch = new Sketch().convolve(16, 3, 1, Activation.RELU);
        for (int width : new int[] {16, 32, 64}) {
            for (int block = 0; block < 3; block++) {
                boolean narrows = width > 16 && block == 0;
                String before = sketch.top();
                int channels = sketch.channels();
                String body = sketch.convolve(width, 3, narrows ? 2 : 1, Activation.RELU).convolve(width, 3, 1, Activation.IDENTITY).top();
                String shortcut = narrows ? sketch.from(before, channels).convolve(width, 1, 2, Activation.IDENTITY).top() : before;
                sketch.join(new ElementWiseVertex(ElementWiseVertex.Op.Add), width, body, shortcut)
                        .put(new ActivationLayer(Activation.RELU), width);
            }
        }
        return sketch.network(SIZE);
    }
}
