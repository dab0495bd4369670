package io.espalier.network;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Splits one convolution by what it gives for images: with the mean m and the covariance of y = W x + b, and Q the
 * eigenvectors of the covariance by falling eigenvalue, the leading r that hold a share of the variance. The first half is
 * Q_r^T W / s, the second s, v and Q_r, the bias Q_r Q_r^T (b - m) + m; s_j is the standard deviation of the responses along
 * vector j, so it orders vectors as a singular value does. Source of the idea: Zhang, Zou, He, Sun, "Accelerating Very Deep
 * Convolutional Networks for Classification and Detection", 2016 (response PCA).
 *
 * <p>The eigenvectors are sought among the outputs that the kernel can give, at most min(n, c_out) of them, also where the
 * images never excite one; so all of them together give the convolution itself, for any image.
 */
public final class ResponseBasis {

    /** Deviations below this share of the largest are taken for it: a filter is divided by its deviation. */
    private static final double SMALLEST = 1e-6;

    private ResponseBasis() {}

    /** The network as far as a convolution, which ends it without its activation: what {@link Responses} are summed of. */
    public static Network observed(Network network, String layer) {
        Set<String> needed = new HashSet<>(Set.of(layer));
        List<Node> nodes = new ArrayList<>();
        for (int i = network.nodes().size() - 1; i >= 0; i--) {
            Node node = network.nodes().get(i);
            if (needed.contains(node.name())) {
                needed.addAll(node.inputs());
                nodes.add(0, node.name().equals(layer) ? linear(node) : node);
            }
        }
        return new Network(network.input(), layer, nodes, network.preprocessing(), network.classes());
    }

    private static Node linear(Node node) {
        ConvolutionLayer layer = node.layer(ConvolutionLayer.class).orElseThrow();
        return node.computing(
                Decomposition.convolution(layer, layer.getNIn(), layer.getNOut(), layer.hasBias(), new ActivationIdentity()), node.parameters());
    }

    /**
     * The network with one ordinary convolution decomposed.
     *
     * @param responses of that convolution in this network
     * @param energy share of the variance to keep, above 0; with 1 the result computes what the network computes
     */
    public static Network decompose(Network network, String layer, Responses responses, double energy) {
        return decompose(network, layer, responses, energy, Long.MAX_VALUE);
    }

    /** @param atMost basis vectors at most */
    public static Network decompose(Network network, String layer, Responses responses, double energy, long atMost) {
        Node node = network.node(layer);
        INDArray kernels = node.parameter(ConvolutionParamInitializer.WEIGHT_KEY).castTo(DataType.DOUBLE);
        INDArray matrix = kernels.reshape('c', kernels.size(0), kernels.length() / kernels.size(0));
        INDArray range = SingularValues.of(matrix.transpose()).right();
        Eigenvectors eigen = Eigenvectors.of(range.mmul(responses.covariance()).mmul(range.transpose()));
        long all = range.size(0);
        long rank = Math.min(rank(eigen.values(), energy), atMost);

        INDArray vectors = eigen.vectors().get(NDArrayIndex.interval(0, rank), NDArrayIndex.all()).dup('c').mmul(range);
        INDArray deviations = deviations(eigen.values(), rank);
        INDArray filters = vectors.mmul(matrix).diviColumnVector(deviations.reshape(rank, 1));
        Optional<INDArray> bias = rank == all ? ownBias(node) : Optional.of(bias(node, vectors, responses.mean()));
        NetworkEdit edit = network.edit();
        edit.replace(layer, Decomposition.halves(network, node, filters, deviations, vectors, bias));
        return edit.build();
    }

    /** How many of the leading values hold that share of the sum of all, at least one. */
    private static long rank(INDArray values, double energy) {
        long all = values.length();
        double total = 0;
        for (long i = 0; i < all; i++) {
            total += Math.max(0, values.getDouble(i));
        }
        double held = 0;
        long rank = 0;
        // What rounding leaves of the sum must not decide whether all are kept.
        while (rank < all && (energy >= 1 || rank == 0 || held < energy * total)) {
            held += Math.max(0, values.getDouble(rank++));
        }
        return rank;
    }

    private static INDArray deviations(INDArray values, long rank) {
        INDArray deviations = Transforms.sqrt(Transforms.max(values.get(NDArrayIndex.interval(0, rank)).dup(), 0));
        double largest = deviations.maxNumber().doubleValue();
        // A layer that gives the same for every image has no deviation at all.
        return largest > 0 ? Transforms.max(deviations, SMALLEST * largest) : Nd4j.ones(DataType.DOUBLE, rank);
    }

    private static Optional<INDArray> ownBias(Node node) {
        return Optional.ofNullable(node.parameters().get(ConvolutionParamInitializer.BIAS_KEY));
    }

    /** Q_r Q_r^T (b - m) + m, [c_out]. */
    private static INDArray bias(Node node, INDArray vectors, INDArray mean) {
        INDArray b = ownBias(node).map(own -> own.castTo(DataType.DOUBLE).reshape(own.length())).orElse(mean.mul(0));
        INDArray off = b.sub(mean);
        return vectors.transpose().mmul(vectors.mmul(off.reshape(off.length(), 1))).reshape(off.length()).addi(mean);
    }
}
