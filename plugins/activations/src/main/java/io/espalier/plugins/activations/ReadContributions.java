package io.espalier.plugins.activations;

import io.espalier.data.Extent;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.UnitGroup;
import java.util.Random;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What each unit of a group adds to single outputs of a layer that reads it. The sum over units is the output that they give together. */
final class ReadContributions {

    private final UnitGroup.Member reader;
    private final Node node;
    private final float[] weights;
    private final long[] strides;
    private final Extent output;

    /** @param reader kernels [c_out, c_in, k_h, k_w] of a convolution, or weights [in, out] of a dense layer */
    ReadContributions(UnitGroup.Member reader, Network network) {
        this.reader = reader;
        this.node = network.node(reader.layer());
        INDArray ordered = reader.tensor().dup('c');
        this.weights = ordered.data().asFloat();
        this.strides = ordered.stride();
        this.output = network.outputTypes().get(node.name()) instanceof InputType.InputTypeConvolutional maps
                ? new Extent(Math.toIntExact(maps.getHeight()), Math.toIntExact(maps.getWidth()))
                : new Extent(1, 1);
    }

    /** Name of the layer whose output it reads. */
    String input() {
        return node.inputs().get(0);
    }

    UnitGroup.Member reader() {
        return reader;
    }

    /**
     * Contributions to outputs chosen at random, [images * each][units].
     *
     * @param observed output of {@link #input} for a batch
     * @param each outputs of each image
     */
    double[][] sample(INDArray observed, int each, Random random) {
        int images = Math.toIntExact(observed.size(0));
        INDArray read = node.preProcessor()
                .map(p -> p.preProcess(observed.dup('c'), images, LayerWorkspaceMgr.noWorkspaces()))
                .orElse(observed)
                .dup('c');
        float[] numbers = read.data().asFloat();
        long perImage = read.length() / images;
        double[][] samples = new double[images * each][];
        for (int i = 0; i < samples.length; i++) {
            int begin = Math.toIntExact(i / each * perImage);
            samples[i] = node.layer(ConvolutionLayer.class)
                    .map(layer -> convolved(layer, numbers, begin, Math.toIntExact(read.size(2)), Math.toIntExact(read.size(3)), random))
                    .orElseGet(() -> dense(numbers, begin, random));
        }
        return samples;
    }

    private double[] dense(float[] numbers, int begin, Random random) {
        int out = random.nextInt(Math.toIntExact(reader.tensor().size(1)));
        double[] sums = new double[reader.count()];
        for (int unit = 0; unit < sums.length; unit++) {
            for (long row : reader.positions(unit)) {
                sums[unit] += (double) weights[Math.toIntExact(row * strides[0] + out * strides[1])] * numbers[Math.toIntExact(begin + row)];
            }
        }
        return sums;
    }

    private double[] convolved(ConvolutionLayer layer, float[] numbers, int begin, int height, int width, Random random) {
        int out = random.nextInt(Math.toIntExact(reader.tensor().size(0)));
        int top = first(layer, 0, random.nextInt(output.height()), output.height(), height);
        int left = first(layer, 1, random.nextInt(output.width()), output.width(), width);
        double[] sums = new double[reader.count()];
        for (int unit = 0; unit < sums.length; unit++) {
            for (long channel : reader.positions(unit)) {
                int kernel = Math.toIntExact(out * strides[0] + channel * strides[1]);
                sums[unit] += window(layer, kernel, numbers, Math.toIntExact(begin + channel * height * width), height, width, top, left);
            }
        }
        return sums;
    }

    /** Row (or column) of the image where a window begins; below 0 in the padding. */
    private static int first(ConvolutionLayer layer, int axis, int position, int positions, int length) {
        int stride = layer.getStride()[axis];
        int reach = (layer.getKernelSize()[axis] - 1) * layer.getDilation()[axis] + 1;
        int padding = layer.getConvolutionMode() == ConvolutionMode.Same
                ? Math.max(0, (positions - 1) * stride + reach - length) / 2
                : layer.getPadding()[axis];
        return position * stride - padding;
    }

    private double window(ConvolutionLayer layer, int kernel, float[] numbers, int map, int height, int width, int top, int left) {
        double sum = 0;
        for (int row = 0; row < layer.getKernelSize()[0]; row++) {
            int y = top + row * layer.getDilation()[0];
            for (int column = 0; column < layer.getKernelSize()[1]; column++) {
                int x = left + column * layer.getDilation()[1];
                if (y >= 0 && y < height && x >= 0 && x < width) {
                    sum += (double) weights[Math.toIntExact(kernel + row * strides[2] + column * strides[3])] * numbers[map + y * width + x];
                }
            }
        }
        return sum;
    }
}
