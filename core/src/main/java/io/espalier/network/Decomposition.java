package io.espalier.network;

import io.espalier.layers.BasisScalingConvolution;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Splits convolutions by SVD, and multiplies them back. With kernel W [c_out, c_in, k_h, k_w], n = c_in k_h k_w and
 * M = W as an n x c_out matrix = U diag(s) V^T: a convolution with the r left vectors as filters (frozen, no bias), then a
 * {@link BasisScalingConvolution}. Source: Wong, Kashyap, Moradi, "Basis Scaling and Double Pruning for Efficient Transfer
 * Learning", 2021.
 */
public final class Decomposition {

    private static final String BASIS = "-basis";

    private Decomposition() {}

    /** Whether a node is an ordinary convolution: not grouped, depthwise, separable or transposed. */
    public static boolean isPlainConvolution(Node node) {
        return node.layer().filter(l -> l.getClass() == ConvolutionLayer.class).isPresent();
    }

    /** Whether a node is the second half of a decomposed convolution. */
    public static boolean isScaling(Node node) {
        return node.layer(BasisScalingConvolution.class).isPresent();
    }

    /** Whether a node is the first half of a decomposed convolution. */
    public static boolean isBasis(Network network, Node node) {
        return network.consumers(node.name()).stream().anyMatch(Decomposition::isScaling);
    }

    /** The second halves of all decomposed convolutions. */
    public static List<Node> scalings(Network network) {
        return network.nodes().stream().filter(Decomposition::isScaling).toList();
    }

    /** The first half that belongs to a second half. */
    public static Node basis(Network network, Node scaling) {
        return network.node(scaling.inputs().get(0));
    }

    /**
     * Decomposes every ordinary convolution; what else there is stays. With all factors 1 the result computes what the
     * network computed.
     */
    public static Network decompose(Network network) {
        return decompose(network, Map.of());
    }

    /**
     * The same for a network of which some layers are known to be of low rank, since they were decomposed before: what
     * rounding adds to their rank is left out.
     *
     * @param ranks basis vectors at most, by layer
     */
    public static Network decompose(Network network, Map<String, Long> ranks) {
        List<Node> layers = network.nodes().stream().filter(Decomposition::isPlainConvolution).toList();
        List<INDArray> grams = layers.stream().map(layer -> SingularValues.gram(matrix(layer))).toList();
        List<Eigenvectors> eigenvectors = Eigenvectors.ofAll(grams);
        grams.forEach(INDArray::close);
        NetworkEdit edit = network.edit();
        for (int i = 0; i < layers.size(); i++) {
            Node layer = layers.get(i);
            try (Eigenvectors ofGram = eigenvectors.get(i);
                    SingularValues svd = SingularValues.of(matrix(layer), ofGram, ranks.getOrDefault(layer.name(), Long.MAX_VALUE))) {
                edit.replace(layer.name(), halves(
                        network, layer, svd.left(), svd.values(), svd.right(), Optional.ofNullable(layer.parameters().get(ConvolutionParamInitializer.BIAS_KEY))));
            }
        }
        return edit.build();
    }

    /** A kernel as an n x c_out matrix. */
    private static INDArray matrix(Node layer) {
        INDArray kernels = layer.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        long channels = kernels.size(0);
        return kernels.reshape(channels, kernels.length() / channels).transpose();
    }

    /**
     * Both halves in the place of a convolution.
     *
     * @param filters of the first half, [r, n]
     * @param values s, [r]
     * @param right V^T, [r, c_out]
     * @param bias of the second half, of length c_out, if it is to have one
     */
    static Node[] halves(Network network, Node node, INDArray filters, INDArray values, INDArray right, Optional<INDArray> bias) {
        ConvolutionLayer layer = node.layer(ConvolutionLayer.class).orElseThrow();
        INDArray kernels = node.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        long rank = values.length();
        long channels = kernels.size(0);
        String basisName = unused(network, node.name() + BASIS);
        ConvolutionLayer first = convolution(layer, layer.getNIn(), rank, false, new ActivationIdentity());
        long[] shape = {rank, kernels.size(1), kernels.size(2), kernels.size(3)};
        INDArray shaped = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c').assign(filters.reshape('c', shape));
        Node basis = Node.layer(
                basisName, first, node.preProcessor().orElse(null), node.inputs(), Map.of(ConvolutionParamInitializer.WEIGHT_KEY, shaped));

        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put(BasisScalingConvolution.FACTORS, Nd4j.ones(DataType.FLOAT, rank));
        parameters.put(BasisScalingConvolution.SINGULAR_VALUES, values.castTo(DataType.FLOAT));
        parameters.put(BasisScalingConvolution.RIGHT_VECTORS, right.castTo(DataType.FLOAT).dup('c'));
        bias.ifPresent(b -> parameters.put(BasisScalingConvolution.BIAS, b.castTo(DataType.FLOAT).reshape(b.length())));
        BasisScalingConvolution second = new BasisScalingConvolution(rank, channels, bias.isPresent(), layer.getActivationFn());
        return new Node[] {basis, Node.layer(node.name(), second, List.of(basisName), parameters)};
    }

    private static String unused(Network network, String wished) {
        String name = wished;
        while (network.has(name)) {
            name += "'";
        }
        return name;
    }

    /**
     * Makes standard layers of all decomposed ones: where the rank saves nothing, r >= n c_out / (n + c_out), the one
     * convolution that both are; elsewhere a convolution and a 1x1 convolution. Of each basis vector both bear weights of the same norm,
     * so that steps of one length move both alike where they train: a basis vector from the data can be a thousand times smaller than
     * what it is multiplied by, and Adam would undo it in a step. Source: Khodak, Tenenholtz, Mackey, Fusi, "Initialization and
     * Regularization of Factorized Neural Layers", 2021 (spectral initialization).
     */
    public static Network fold(Network network) {
        NetworkEdit edit = network.edit();
        for (Node scaling : scalings(network)) {
            Node basis = basis(network, scaling);
            if (savesNothing(basis, scaling)) {
                edit.remove(basis.name());
                edit.replace(scaling.name(), merged(basis, scaling));
            } else {
                try (INDArray right = scaledVectors(scaling); INDArray balance = balance(basis, right)) {
                    edit.replace(rescaled(basis, balance));
                    edit.replace(pointwise(scaling, right.diviColumnVector(balance.reshape(balance.length(), 1))));
                }
            }
        }
        return edit.build();
    }

    /** Numbers of basis vectors by the name of the decomposed layer. */
    public static Map<String, Long> ranks(Network network) {
        Map<String, Long> ranks = new LinkedHashMap<>();
        scalings(network).forEach(scaling -> ranks.put(scaling.name(), rank(scaling)));
        return ranks;
    }

    /** Makes one convolution of every decomposed one, whatever its rank: what it was before it was decomposed. */
    public static Network merge(Network network) {
        NetworkEdit edit = network.edit();
        for (Node scaling : scalings(network)) {
            Node basis = basis(network, scaling);
            edit.remove(basis.name());
            edit.replace(scaling.name(), merged(basis, scaling));
        }
        return edit.build();
    }

    private static boolean savesNothing(Node basis, Node scaling) {
        long rank = rank(scaling);
        long n = vectorLength(basis);
        long channels = channels(scaling);
        return rank * (n + channels) >= n * channels;
    }

    static long rank(Node scaling) {
        return scaling.parameter(BasisScalingConvolution.RIGHT_VECTORS).size(0);
    }

    static long channels(Node scaling) {
        return scaling.parameter(BasisScalingConvolution.RIGHT_VECTORS).size(1);
    }

    /** Length n = c_in k_h k_w of a basis vector. */
    static long vectorLength(Node basis) {
        INDArray filters = basis.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        return filters.length() / filters.size(0);
    }

    /** v s V^T, [r, c_out]. */
    private static INDArray scaledVectors(Node scaling) {
        INDArray scales = scaling.parameter(BasisScalingConvolution.FACTORS).mul(scaling.parameter(BasisScalingConvolution.SINGULAR_VALUES));
        INDArray right = scaling.parameter(BasisScalingConvolution.RIGHT_VECTORS);
        return right.mul(scales.reshape(scales.length(), 1));
    }

    private static Node merged(Node basis, Node scaling) {
        ConvolutionLayer first = basis.layer(ConvolutionLayer.class).orElseThrow();
        BasisScalingConvolution second = scaling.layer(BasisScalingConvolution.class).orElseThrow();
        INDArray filters = basis.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        long rank = filters.size(0);
        INDArray flat = filters.reshape(rank, filters.length() / rank);
        INDArray kernels;
        try (INDArray right = scaledVectors(scaling); INDArray product = right.transpose().mmul(flat)) {
            kernels = product.dup('c').reshape('c', channels(scaling), filters.size(1), filters.size(2), filters.size(3));
        }
        ConvolutionLayer layer = convolution(first, first.getNIn(), channels(scaling), second.isHasBias(), second.getActivationFn());
        return Node.layer(
                scaling.name(), layer, basis.preProcessor().orElse(null), basis.inputs(), withBias(scaling, second, kernels));
    }

    /** What each basis vector is multiplied by, and its row of v s V^T divided by, for both to have the same norm; 1 where one of them is 0. */
    private static INDArray balance(Node basis, INDArray right) {
        INDArray filters = basis.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        double[] ofFilters = filters.reshape('c', filters.size(0), filters.length() / filters.size(0)).norm2(1).toDoubleVector();
        double[] ofRows = right.norm2(1).toDoubleVector();
        float[] balance = new float[ofRows.length];
        for (int i = 0; i < balance.length; i++) {
            double ratio = Math.sqrt(ofRows[i] / ofFilters[i]);
            balance[i] = ratio > 0 && Double.isFinite(ratio) ? (float) ratio : 1;
        }
        return Nd4j.createFromArray(balance);
    }

    private static Node rescaled(Node basis, INDArray balance) {
        INDArray filters = basis.parameter(ConvolutionParamInitializer.WEIGHT_KEY);
        return basis.with(Map.of(
                ConvolutionParamInitializer.WEIGHT_KEY, filters.dup('c').muli(balance.reshape(balance.length(), 1, 1, 1))));
    }

    /** @param right what the basis vectors are multiplied by, [r, c_out] */
    private static Node pointwise(Node scaling, INDArray right) {
        BasisScalingConvolution second = scaling.layer(BasisScalingConvolution.class).orElseThrow();
        long rank = rank(scaling);
        long channels = channels(scaling);
        ConvolutionLayer layer = new ConvolutionLayer.Builder(1, 1)
                .stride(1, 1)
                .nIn(rank)
                .nOut(channels)
                .hasBias(second.isHasBias())
                .activation(second.getActivationFn())
                .build();
        INDArray kernels = right.transpose().dup('c').reshape(channels, rank, 1, 1);
        return Node.layer(scaling.name(), layer, scaling.inputs(), withBias(scaling, second, kernels));
    }

    private static Map<String, INDArray> withBias(Node scaling, BasisScalingConvolution layer, INDArray kernels) {
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put(ConvolutionParamInitializer.WEIGHT_KEY, kernels);
        if (layer.isHasBias()) {
            parameters.put(ConvolutionParamInitializer.BIAS_KEY, scaling.parameter(BasisScalingConvolution.BIAS).reshape(1, channels(scaling)));
        }
        return parameters;
    }

    /** A convolution that moves as another does, with other channels. */
    static ConvolutionLayer convolution(ConvolutionLayer like, long in, long out, boolean hasBias, IActivation activation) {
        ConvolutionLayer.Builder builder = new ConvolutionLayer.Builder(like.getKernelSize(), like.getStride(), like.getPadding());
        return builder.dilation(like.getDilation())
                .convolutionMode(like.getConvolutionMode() == null ? ConvolutionMode.Truncate : like.getConvolutionMode())
                .dataFormat(like.getCnn2dDataFormat())
                .nIn(in)
                .nOut(out)
                .hasBias(hasBias)
                .activation(activation)
                .build();
    }
}
