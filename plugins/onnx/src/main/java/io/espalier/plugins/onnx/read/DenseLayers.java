package io.espalier.plugins.onnx.read;

import io.espalier.plugins.onnx.read.Operators.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Gemm and MatMul with constant weights. */
final class DenseLayers {

    static final Map<String, Operator> OPERATORS = Map.of("Gemm", DenseLayers::gemm, "MatMul", DenseLayers::matMul);

    private static final String DAMAGED = "The file is damaged; export the network again";

    private DenseLayers() {}

    private static void gemm(Operation operation, Construction construction) {
        boolean transposed = operation.integer("transB", 0) != 0;
        if (operation.integer("transA", 0) != 0) {
            throw operation.refused("reads its input transposed", "Export the network with the batch first");
        }
        double alpha = operation.number("alpha", 1);
        double beta = operation.number("beta", 1);
        Feature input = construction.feature(operation, 0);
        if (input.rank() != 2) {
            throw operation.refused("reads " + input.describe() + "; read is [batch, features]", DAMAGED);
        }
        Matrix matrix = new Matrix(operation, construction.constant(operation, 1, "weights"), transposed, (float) alpha);
        Optional<Tensor> bias = construction.optionalConstant(operation, 2, "bias");
        dense(operation, construction, input, matrix, bias.map(b -> spread(operation, b, matrix.out, (float) beta)));
    }

    private static float[] spread(Operation operation, Tensor bias, long out, float beta) {
        float[] given = bias.floats();
        if (given.length != 1 && (given.length != out || bias.extent(bias.rank() - 1) != out)) {
            throw operation.refused("has a bias of " + Arrays.toString(bias.shape()) + " for " + out + " outputs", DAMAGED);
        }
        float[] all = new float[(int) out];
        for (int i = 0; i < all.length; i++) {
            all[i] = beta * given[given.length == 1 ? 0 : i];
        }
        return all;
    }

    private static void matMul(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        Matrix matrix = new Matrix(operation, construction.constant(operation, 1, "weights"), false, 1);
        List<Axis> last = input.rank() == 0 ? List.of() : input.axes().get(input.rank() - 1);
        boolean pointwise = last.equals(List.of(Axis.CHANNEL)) && input.extents().height() * input.extents().width() > 1;
        if (pointwise) {
            pointwise(operation, construction, input, matrix);
        } else {
            dense(operation, construction, input, matrix, Optional.empty());
        }
    }

    /** A product along the channels of a map is a convolution of 1x1. */
    private static void pointwise(Operation operation, Construction construction, Feature input, Matrix matrix) {
        matrix.requireIn(input.extents().channels());
        Extents to = Construction.sound(operation, input.extents().withChannels(matrix.out));
        Supplier<INDArray> kernel = () -> matrix.array().transpose().dup('c').reshape('c', matrix.out, matrix.in, 1, 1);
        String name = operation.output();
        construction.network().add(Part.layer(name, Convolutions.pointwise(matrix.in, matrix.out), Map.of("W", kernel), input, to, false));
        construction.give(operation, new Feature(name, name, false, to, lastReplaced(input)));
    }

    private static List<List<Axis>> lastReplaced(Feature input) {
        List<List<Axis>> axes = new ArrayList<>(input.axes());
        axes.set(axes.size() - 1, List.of(Axis.CHANNEL));
        return axes;
    }

    private static void dense(Operation operation, Construction construction, Feature input, Matrix matrix, Optional<float[]> bias) {
        List<Axis> order = requireFeatures(operation, input);
        Extents from = input.extents();
        matrix.requireIn(from.features());
        Map<String, Supplier<INDArray>> weights = new LinkedHashMap<>();
        weights.put("W", () -> matrix.rowsByChannel(order, from));
        bias.ifPresent(b -> weights.put("b", () -> Weights.array(b, b.length)));
        DenseLayer layer = new DenseLayer.Builder()
                .nIn((int) matrix.in).nOut((int) matrix.out).hasBias(bias.isPresent()).activation(Activation.IDENTITY).build();
        InputPreProcessor flatten = input.flat() ? null : new CnnToFeedForwardPreProcessor(from.height(), from.width(), from.channels());
        Extents to = Construction.sound(operation, new Extents(from.batch(), matrix.out, 1, 1));
        String name = operation.output();
        construction.network().add(new Part(name, new Part.Layered(layer, flatten, weights), List.of(input.part()), to, true));
        construction.give(operation, new Feature(name, name, true, to, lastReplaced(input)));
    }

    /** The order in which the last index runs over channels, height and width. */
    private static List<Axis> requireFeatures(Operation operation, Feature input) {
        boolean batchElsewhere = input.rank() > 0
                && input.axes().subList(0, input.rank() - 1).stream().allMatch(joined -> List.of(Axis.BATCH).containsAll(joined));
        if (!batchElsewhere || input.axes().get(input.rank() - 1).contains(Axis.BATCH)) {
            throw operation.refused("reads " + input.describe() + "; read is [batch, features]", "Flatten or pool the map before the dense layer");
        }
        return input.axes().get(input.rank() - 1);
    }

    /** Weights [in, out], or [out, in] if transposed, times a factor. */
    private static final class Matrix {

        private final Operation operation;
        private final Tensor weights;
        private final boolean transposed;
        private final float factor;
        private final long in;
        private final long out;

        Matrix(Operation operation, Tensor weights, boolean transposed, float factor) {
            if (weights.rank() != 2 || weights.extent(0) < 1 || weights.extent(1) < 1) {
                throw operation.refused("has weights of " + Arrays.toString(weights.shape()), "Read are dense layers with weights of two dimensions");
            }
            this.operation = operation;
            this.weights = weights;
            this.transposed = transposed;
            this.factor = factor;
            this.in = weights.extent(transposed ? 1 : 0);
            this.out = weights.extent(transposed ? 0 : 1);
        }

        void requireIn(long features) {
            if (in != features) {
                throw operation.refused("has weights for " + in + " features and reads " + features,
                        "Images must be of the size that the network was made for");
            }
        }

        /** [in, out]. */
        INDArray array() {
            INDArray array = Weights.array(weights, weights.shape());
            if (factor != 1) {
                array.muli(factor);
            }
            return transposed ? array.transpose().dup('c') : array;
        }

        /** [in, out], the rows in the order channels, height, width, wherever the file has them in another. */
        INDArray rowsByChannel(List<Axis> order, Extents from) {
            INDArray array = array();
            if (order.size() < 2 || order.equals(order.stream().sorted().toList())) {
                return array;
            }
            long[] shape = new long[order.size() + 1];
            int[] back = new int[order.size() + 1];
            List<Axis> sorted = order.stream().sorted().toList();
            for (int i = 0; i < order.size(); i++) {
                shape[i] = from.of(order.get(i));
                back[i] = order.indexOf(sorted.get(i));
            }
            shape[order.size()] = out;
            back[order.size()] = order.size();
            return array.reshape('c', shape).permute(back).dup('c').reshape('c', in, out);
        }
    }
}
