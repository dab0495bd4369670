package io.espalier.plugins.models;

import io.espalier.data.ImageShape;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * An architecture's network with random weights: normal with variance 2 / fan-in before a ReLU (He et al., 2015), 1 /
 * fan-in before the softmax, biases 0. The numbers come from Java's generator, not ND4J's, whose state other work in the
 * same process would change.
 */
final class Initialisation {

    /** Name of the network's input, which no layer may have. */
    static final String INPUT = "input";

    private static final String NORM = "_norm";
    private static final String RELU = "_relu";

    private final Architecture architecture;
    private final long seed;
    private String last = INPUT;

    Initialisation(Architecture architecture, long seed) {
        this.architecture = architecture;
        this.seed = seed;
    }

    /** Names of the DL4J layers that a layer of the chain becomes. */
    static List<String> names(Architecture.Step layer) {
        boolean normalised = layer instanceof Architecture.Convolution convolution && convolution.batchNorm();
        return normalised ? List.of(layer.name(), layer.name() + NORM, layer.name() + RELU) : List.of(layer.name());
    }

    ComputationGraph graph() {
        ImageShape shape = architecture.input();
        GraphBuilder builder = new NeuralNetConfiguration.Builder().seed(0).updater(new NoOp()).graphBuilder().addInputs(INPUT);
        architecture.layers().forEach(layer -> add(builder, layer));
        builder.setInputTypes(InputType.convolutional(shape.height(), shape.width(), shape.channels())).setOutputs(last);
        ComputationGraph graph = new ComputationGraph(builder.build());
        graph.init();
        Random random = new Random(seed);
        for (Layer layer : graph.getLayers()) {
            draw(layer, random);
        }
        return graph;
    }

    private void add(GraphBuilder builder, Architecture.Step layer) {
        if (layer instanceof Architecture.Convolution convolution) {
            addConvolution(builder, convolution);
        } else if (layer instanceof Architecture.MaxPooling pooling) {
            append(builder, pooling.name(), new SubsamplingLayer.Builder(PoolingType.MAX)
                    .kernelSize(pooling.size(), pooling.size()).stride(pooling.size(), pooling.size())
                    .convolutionMode(ConvolutionMode.Truncate).build());
        } else if (layer instanceof Architecture.GlobalAveragePooling pooling) {
            append(builder, pooling.name(), new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
        } else if (layer instanceof Architecture.Dense dense) {
            append(builder, dense.name(), new DenseLayer.Builder().nOut(dense.units()).activation(Activation.RELU).build());
        } else if (layer instanceof Architecture.Dropout dropout) {
            // DL4J wants the share that is kept.
            append(builder, dropout.name(), new DropoutLayer.Builder(1 - dropout.rate()).build());
        } else if (layer instanceof Architecture.Softmax softmax) {
            append(builder, softmax.name(), new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                    .nOut(softmax.classes()).activation(Activation.SOFTMAX).build());
        }
    }

    private void addConvolution(GraphBuilder builder, Architecture.Convolution convolution) {
        append(builder, convolution.name(), new ConvolutionLayer.Builder(convolution.kernel(), convolution.kernel())
                .nOut(convolution.filters())
                .stride(1, 1)
                .convolutionMode(ConvolutionMode.Same)
                .hasBias(!convolution.batchNorm())
                .activation(convolution.batchNorm() ? Activation.IDENTITY : Activation.RELU)
                .build());
        if (convolution.batchNorm()) {
            append(builder, convolution.name() + NORM, new BatchNormalization.Builder().build());
            append(builder, convolution.name() + RELU, new ActivationLayer(Activation.RELU));
        }
    }

    private void append(GraphBuilder builder, String name, org.deeplearning4j.nn.conf.layers.Layer layer) {
        builder.addLayer(name, layer, last);
        last = name;
    }

    private static void draw(Layer layer, Random random) {
        if (layer.conf().getLayer() instanceof BatchNormalization || !layer.paramTable().containsKey("W")) {
            return;
        }
        INDArray weights = layer.getParam("W");
        boolean dense = weights.rank() == 2;
        long fanIn = dense ? weights.size(0) : weights.length() / weights.size(0);
        double gain = layer.conf().getLayer() instanceof OutputLayer ? 1 : 2;
        double deviation = Math.sqrt(gain / fanIn);
        float[] numbers = new float[(int) weights.length()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextGaussian() * deviation);
        }
        weights.assign(Nd4j.createFromArray(numbers).reshape('c', weights.shape()));
    }
}
