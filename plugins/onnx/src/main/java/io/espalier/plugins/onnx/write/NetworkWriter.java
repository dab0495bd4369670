package io.espalier.plugins.onnx.write;

import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.GroupedConvolution;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import onnx.Onnx;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.params.PReLUParamInitializer;

/** Makes an ONNX graph of a network, node by node. */
final class NetworkWriter {

    static final String UNKNOWN = "it has no form in ONNX's standard operators that is known here; replace it, or write the network as dl4j";

    private final Network network;
    private final Map<String, InputType> types;
    private final NetworkEnd end;
    private final Map<String, Pads> absorbed;
    private final OnnxGraph graph;
    /** The values that hold what the network's nodes give, by the nodes' names. */
    private final Map<String, String> values = new HashMap<>();

    NetworkWriter(Network network, NetworkEnd end) {
        this.network = network;
        this.types = new HashMap<>(network.outputTypes());
        this.end = end;
        this.absorbed = AbsorbedPadding.of(network);
        List<String> names = new ArrayList<>(List.of(network.input()));
        network.nodes().forEach(node -> names.add(node.name()));
        this.graph = new OnnxGraph(names);
    }

    /** All operators and constants. */
    OnnxGraph write() {
        values.put(network.input(), network.input());
        for (Node node : network.nodes()) {
            if (!end.leavesOut(node)) {
                values.put(node.name(), write(node));
            }
        }
        return graph;
    }

    Onnx.ValueInfoProto input() {
        return OnnxGraph.value(network.input(), types.get(network.input()));
    }

    Onnx.ValueInfoProto output() {
        return OnnxGraph.value(end.output(), types.get(end.output()));
    }

    private String write(Node node) {
        List<String> inputs = node.inputs().stream().map(values::get).toList();
        Operators operators = new Operators(graph, node, inputs, node.inputs().stream().map(types::get).toList());
        refuseChannelsLast(operators, types.get(node.name()));
        if (!absorbed.containsKey(node.name())) {
            node.preProcessor().ifPresent(preProcessor -> ShapeWriter.reshape(operators, preProcessor));
            node.layer().ifPresentOrElse(layer -> layer(operators, layer), () -> VertexWriter.write(operators, node.vertex()));
        }
        if (node.name().equals(end.output()) && operators.isEmpty()) {
            // What a runtime reads the result by is a name that something gives.
            operators.then("Identity");
        }
        if (node.layer(LossLayer.class).isPresent()) {
            // DL4J says how many classes it was told of, which may be none.
            types.put(node.name(), operators.type());
        }
        return operators.finish(types.get(node.name()));
    }

    private static void refuseChannelsLast(Operators operators, InputType type) {
        if (type instanceof InputType.InputTypeConvolutional maps && maps.getFormat() == CNN2DFormat.NHWC) {
            throw operators.refusal("it gives channels last, and networks here have them first");
        }
    }

    private void layer(Operators operators, Layer layer) {
        if (layer instanceof ConvolutionLayer convolution) {
            convolution(operators, convolution);
        } else if (layer instanceof SubsamplingLayer pooling && pooling.getClass() == SubsamplingLayer.class) {
            PoolingWriter.windows(operators, pooling, padsBefore(operators));
        } else if (layer instanceof GlobalPoolingLayer pooling) {
            PoolingWriter.global(operators, pooling);
        } else if (layer instanceof BatchNormalization norm) {
            NormWriter.batchNorm(operators, norm);
        } else if (layer instanceof ChannelAffine) {
            NormWriter.affine(operators);
        } else if (layer instanceof LocalResponseNormalization norm) {
            NormWriter.localResponse(operators, norm);
        } else if (layer instanceof ActivationLayer activation) {
            if (!end.losesSoftmax(operators.node())) {
                ActivationWriter.write(operators, activation.getActivationFn());
            }
        } else if (layer instanceof PReLULayer) {
            operators.then("PRelu", operators.constant("slope", operators.node().parameter(PReLUParamInitializer.WEIGHT_KEY)));
        } else if (layer instanceof DenseLayer dense) {
            DenseWriter.dense(operators, dense);
        } else if (layer instanceof OutputLayer output && output.getClass() == OutputLayer.class) {
            DenseWriter.output(operators, output, end.losesSoftmax(operators.node()));
        } else if (layer instanceof LossLayer loss) {
            if (!end.losesSoftmax(operators.node())) {
                ActivationWriter.write(operators, loss.getActivationFn());
            }
        } else if (layer instanceof ConstantPadding padding) {
            ShapeWriter.constantPadding(operators, padding);
        } else if (layer instanceof ZeroPaddingLayer padding) {
            ShapeWriter.zeroPadding(operators, padding);
        } else if (layer instanceof Cropping2D cropping) {
            ShapeWriter.cropping(operators, cropping);
        } else if (layer instanceof Upsampling2D upsampling) {
            ShapeWriter.upsampling(operators, upsampling);
        } else if (layer instanceof BasisScalingConvolution) {
            throw operators.refusal("it is one half of a decomposed convolution; fold the network before it is written");
        } else if (layer instanceof ChannelScaling) {
            throw operators.refusal("it holds factors of channels; fold the network before it is written");
        } else if (!(layer instanceof DropoutLayer)) {
            throw operators.refusal(UNKNOWN);
        }
    }

    private void convolution(Operators operators, ConvolutionLayer layer) {
        if (layer.getClass() == ConvolutionLayer.class || layer instanceof GroupedConvolution) {
            ConvolutionWriter.convolution(operators, layer, padsBefore(operators));
        } else if (layer instanceof DepthwiseConvolution2D) {
            ConvolutionWriter.depthwise(operators, layer, padsBefore(operators));
        } else if (layer instanceof SeparableConvolution2D) {
            ConvolutionWriter.separable(operators, layer, padsBefore(operators));
        } else {
            throw operators.refusal(UNKNOWN);
        }
    }

    /** What a padding layer that the node's window absorbs would have added. */
    private Pads padsBefore(Operators operators) {
        return absorbed.getOrDefault(operators.node().inputs().get(0), Pads.NONE);
    }
}
