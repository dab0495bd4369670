package io.espalier.plugins.models;

import io.espalier.api.InputException;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import io.espalier.plugins.models.KerasTensor.Form;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What Keras' layers compute, as nodes of a draft. Kernels come in Keras' order [height, width, in, out], vectors of a
 * flattened feature map in its order (height, width, channel).
 */
final class KerasOperations {

    private static final String W = DefaultParamInitializer.WEIGHT_KEY;
    private static final String B = DefaultParamInitializer.BIAS_KEY;

    private final Path file;
    private final NetworkDraft draft;

    KerasOperations(Path file, NetworkDraft draft) {
        this.file = file;
        this.draft = draft;
    }

    /** @param kernel [height, width, in / groups, out] */
    KerasTensor convolution(
            String name, KerasTensor x, INDArray kernel, Optional<INDArray> bias, Window window, int groups, IActivation activation) {
        int out = (int) kernel.size(3);
        if (groups > 1 && kernel.size(2) == 1) {
            // Output o belongs to input o / (out / groups), which is the order of a depthwise kernel's multiples.
            INDArray depthwise = kernel.reshape('c', kernel.size(0), kernel.size(1), groups, out / groups);
            return depthwise(name, x, depthwise, bias, window, activation);
        }
        Swept swept = swept(name, spatial(name, x), out, window);
        KerasTensor maps = swept.maps();
        ConvolutionLayer layer = new ConvolutionLayer.Builder(window.kernel())
                .stride(window.stride())
                .dilation(window.dilation())
                .convolutionMode(swept.mode())
                .padding(swept.padding())
                .nIn(maps.channels())
                .nOut(out)
                .hasBias(bias.isPresent())
                .activation(activation)
                .build();
        draft.layer(name, groups == 1 ? layer : new GroupedConvolution(layer, groups), maps.node(), weights(kernel.permute(3, 2, 0, 1), bias));
        return swept.out();
    }

    /** @param kernel [height, width, in, multiplier] */
    KerasTensor depthwise(
            String name, KerasTensor x, INDArray kernel, Optional<INDArray> bias, Window window, IActivation activation) {
        int multiplier = (int) kernel.size(3);
        int out = Math.multiplyExact(x.channels(), multiplier);
        Swept swept = swept(name, spatial(name, x), out, window);
        KerasTensor maps = swept.maps();
        DepthwiseConvolution2D layer = new DepthwiseConvolution2D.Builder(window.kernel())
                .stride(window.stride())
                .dilation(window.dilation())
                .convolutionMode(swept.mode())
                .padding(swept.padding())
                .depthMultiplier(multiplier)
                .nIn(maps.channels())
                .nOut(out)
                .hasBias(bias.isPresent())
                .activation(activation)
                .build();
        draft.layer(name, layer, maps.node(), weights(kernel, bias));
        return swept.out();
    }

    private static Map<String, INDArray> weights(INDArray kernel, Optional<INDArray> bias) {
        Map<String, INDArray> all = new LinkedHashMap<>();
        all.put(W, kernel);
        bias.ifPresent(numbers -> all.put(B, numbers.reshape(1, numbers.length())));
        return all;
    }

    /**
     * A convolution's way over its maps.
     *
     * @param maps what it reads
     * @param mode of padding
     * @param padding height and width, unless the mode decides them
     * @param out what it gives
     */
    private record Swept(KerasTensor maps, ConvolutionMode mode, int[] padding, KerasTensor out) {}

    /**
     * Dilated convolutions are padded here: libnd4j's own conv2d with oneDNN fails on those of mode Same ("could not create a
     * descriptor for a dilated convolution").
     */
    private Swept swept(String name, KerasTensor maps, int channels, Window window) {
        KerasTensor out = out(name, maps, channels, window);
        if (!window.same() || !window.dilated()) {
            return new Swept(maps, window.mode(), new int[] {0, 0}, out);
        }
        if (window.stride()[0] > 1 || window.stride()[1] > 1) {
            throw wrong(name, "has both strides and dilation, which Keras does not allow");
        }
        int[] rows = window.around(0);
        int[] columns = window.around(1);
        boolean even = rows[0] == rows[1] && columns[0] == columns[1];
        KerasTensor padded = even ? maps : padding(name + "-pad", maps, rows, columns);
        return new Swept(padded, ConvolutionMode.Truncate, even ? new int[] {rows[0], columns[0]} : new int[] {0, 0}, out);
    }

    private KerasTensor out(String name, KerasTensor x, int channels, Window window) {
        return extent(name, x, channels, window.out(0, x.height()), window.out(1, x.width()), x.height() > 0, x.width() > 0);
    }

    private KerasTensor extent(String name, KerasTensor x, int channels, int height, int width, boolean knownHeight, boolean knownWidth) {
        if (knownHeight && height < 1 || knownWidth && width < 1) {
            throw wrong(name, "has nothing to read: a feature map of " + x + " comes to it");
        }
        return KerasTensor.maps(name, channels, height, width);
    }

    KerasTensor pooling(String name, KerasTensor x, PoolingType type, Window window) {
        KerasTensor maps = spatial(name, x);
        draft.layer(
                name,
                new SubsamplingLayer.Builder(type)
                        .kernelSize(window.kernel())
                        .stride(window.stride())
                        .convolutionMode(window.mode())
                        // Keras divides by the number of pixels that are there.
                        .avgPoolIncludePadInDivisor(false)
                        .build(),
                maps.node(),
                Map.of());
        return out(name, maps, maps.channels(), window);
    }

    /** @param kept whether a feature map of one pixel comes out, to Keras and here */
    KerasTensor globalPooling(String name, KerasTensor x, PoolingType type, Form kept) {
        KerasTensor maps = spatial(name, x);
        boolean map = kept == Form.MAPS || kept == Form.FLATTENED;
        draft.layer(name, new GlobalPoolingLayer.Builder(type).collapseDimensions(!map).build(), maps.node(), Map.of());
        return new KerasTensor(name, maps.channels(), 1, 1, kept);
    }

    /** Rows above and below, columns left and right of zeros. */
    KerasTensor padding(String name, KerasTensor x, int[] rows, int[] columns) {
        KerasTensor maps = spatial(name, x);
        draft.layer(name, new ZeroPaddingLayer.Builder(rows[0], rows[1], columns[0], columns[1]).build(), maps.node(), Map.of());
        return moved(name, maps, rows[0] + rows[1], columns[0] + columns[1]);
    }

    /** Rows above and below, columns left and right that are cut off. */
    KerasTensor cropping(String name, KerasTensor x, int[] rows, int[] columns) {
        KerasTensor maps = spatial(name, x);
        draft.layer(name, new Cropping2D.Builder(rows[0], rows[1], columns[0], columns[1]).build(), maps.node(), Map.of());
        return moved(name, maps, -rows[0] - rows[1], -columns[0] - columns[1]);
    }

    private KerasTensor moved(String name, KerasTensor x, int rows, int columns) {
        boolean tall = x.height() > 0;
        boolean wide = x.width() > 0;
        return extent(name, x, x.channels(), tall ? x.height() + rows : 0, wide ? x.width() + columns : 0, tall, wide);
    }

    /**
     * Batch norm with fixed statistics, all of one length; without scale and without shift these are 1 and 0, and no
     * parameters if both are absent.
     */
    KerasTensor batchNorm(
            String name, KerasTensor x, Optional<INDArray> scale, Optional<INDArray> shift, INDArray mean, INDArray variance, double epsilon) {
        KerasTensor read = x.form() == Form.FLATTENED && !x.pixels(1, 1) ? rows(x) : x;
        int length = x.features();
        boolean learnt = scale.isPresent() || shift.isPresent();
        BatchNormalization layer = new BatchNormalization.Builder()
                .eps(epsilon)
                .useLogStd(false)
                .nIn(length)
                .nOut(length)
                .lockGammaBeta(!learnt)
                .build();
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        if (learnt) {
            parameters.put(BatchNormalizationParamInitializer.GAMMA, row(x, scale.orElseGet(() -> Nd4j.ones(DataType.FLOAT, length))));
            parameters.put(BatchNormalizationParamInitializer.BETA, row(x, shift.orElseGet(() -> Nd4j.zeros(DataType.FLOAT, length))));
        }
        parameters.put(BatchNormalizationParamInitializer.GLOBAL_MEAN, row(x, mean));
        parameters.put(BatchNormalizationParamInitializer.GLOBAL_VAR, row(x, variance));
        draft.layer(name, layer, read.node(), parameters);
        return read.at(name);
    }

    private static INDArray row(KerasTensor x, INDArray numbers) {
        return byChannel(x, numbers.reshape('c', numbers.length(), 1)).reshape(1, numbers.length());
    }

    /** Rows [numbers of x, any] in Keras' order, put into the order in which the numbers lie here. */
    private static INDArray byChannel(KerasTensor x, INDArray rows) {
        if (x.pixels(1, 1) || !x.is(Form.FLATTENED, Form.ROWS)) {
            return rows;
        }
        return rows.reshape('c', x.height(), x.width(), x.channels(), rows.size(1)).permute(2, 0, 1, 3).dup('c').reshape(rows.shape());
    }

    KerasTensor activation(String name, KerasTensor x, IActivation activation) {
        KerasTensor read = x;
        if (activation instanceof ActivationSoftmax) {
            if (x.is(Form.MAPS, Form.PIXEL) || !x.pixels(1, 1)) {
                throw wrong(name, "takes the softmax of " + x + "; known is that of a vector of classes");
            }
            read = vector(x);
        }
        draft.layer(name, new ActivationLayer(activation), read.node(), Map.of());
        return read.at(name);
    }

    /** {@code scale * x + shift}, each of one number or one for each channel. */
    KerasTensor affine(String name, KerasTensor x, double[] scale, double[] shift) {
        if (!x.is(Form.MAPS, Form.VECTOR)) {
            throw wrong(name, "rescales a flattened feature map, which is not known here; put it before the flattening");
        }
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        parameters.put(ChannelAffine.SCALE, channels(name, x, scale));
        parameters.put(ChannelAffine.SHIFT, channels(name, x, shift));
        draft.layer(name, new ChannelAffine(x.channels()), x.node(), parameters);
        return x.at(name);
    }

    private INDArray channels(String name, KerasTensor x, double[] values) {
        if (values.length != 1 && values.length != x.channels()) {
            throw wrong(name, "has " + values.length + " numbers for " + x.channels() + " channels");
        }
        float[] numbers = new float[x.channels()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (values.length == 1 ? values[0] : values[i]);
        }
        return Nd4j.createFromArray(numbers);
    }

    KerasTensor add(String name, List<KerasTensor> all) {
        requireSame(name, all, "adds");
        draft.vertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Add), nodes(all));
        return known(all).at(name);
    }

    KerasTensor multiply(String name, List<KerasTensor> all) {
        if (all.size() == 2) {
            KerasTensor a = all.get(0);
            KerasTensor b = all.get(1);
            if (gates(b, a)) {
                return gate(name, a, b);
            }
            if (gates(a, b)) {
                return gate(name, b, a);
            }
        }
        requireSame(name, all, "multiplies");
        draft.vertex(name, new ElementWiseVertex(ElementWiseVertex.Op.Product), nodes(all));
        return known(all).at(name);
    }

    private KerasTensor gate(String name, KerasTensor x, KerasTensor gate) {
        draft.vertex(name, new Gate(), List.of(x.node(), gate.node()));
        return x.at(name);
    }

    /** Whether g has one factor for each channel of x, or one for each place. */
    private static boolean gates(KerasTensor g, KerasTensor x) {
        if (x.form() != Form.MAPS || x.pixels(1, 1)) {
            return false;
        }
        boolean channels = g.is(Form.MAPS, Form.PIXEL) && g.pixels(1, 1) && g.channels() == x.channels();
        boolean places = g.form() == Form.MAPS && g.channels() == 1 && x.channels() > 1
                && alike(g.height(), x.height()) && alike(g.width(), x.width());
        return channels || places;
    }

    private static boolean alike(int a, int b) {
        return a == b || a == 0 || b == 0;
    }

    /** That of which most is known. */
    private static KerasTensor known(List<KerasTensor> all) {
        return all.stream().filter(x -> x.height() > 0 && x.width() > 0).findFirst().orElse(all.get(0));
    }

    KerasTensor concatenation(String name, List<KerasTensor> all) {
        KerasTensor first = all.get(0);
        int channels = 0;
        for (KerasTensor x : all) {
            boolean fits = x.form() == first.form() && x.is(Form.MAPS, Form.VECTOR, Form.PIXEL)
                    && alike(x.height(), first.height()) && alike(x.width(), first.width());
            if (!fits) {
                throw wrong(name, "puts " + first + " and " + x + " together, which is known of feature maps of one height and width only");
            }
            channels = Math.addExact(channels, x.channels());
        }
        KerasTensor known = known(all);
        draft.vertex(name, new MergeVertex(), nodes(all));
        return new KerasTensor(name, channels, known.height(), known.width(), first.form());
    }

    private void requireSame(String name, List<KerasTensor> all, String does) {
        KerasTensor first = all.get(0);
        for (KerasTensor x : all) {
            boolean same = x.form() == first.form() && x.channels() == first.channels()
                    && alike(x.height(), first.height()) && alike(x.width(), first.width());
            if (!same) {
                throw wrong(name, does + " " + first + " and " + x + ", whose shapes disagree");
            }
        }
    }

    private static List<String> nodes(List<KerasTensor> all) {
        return all.stream().map(KerasTensor::node).toList();
    }

    /** A vector of the numbers of a feature map; nothing is computed until somebody reads it. */
    KerasTensor flatten(String name, KerasTensor x) {
        if (x.form() == Form.PIXEL) {
            return x.at(x.node(), Form.VECTOR);
        }
        if (x.form() != Form.MAPS) {
            return x;
        }
        if (x.height() == 0 || x.width() == 0) {
            throw wrong(name, "flattens a feature map of " + x + ", whose size the file does not say; give the input layer a size");
        }
        KerasTensor flat = x.at(x.node(), Form.FLATTENED);
        if (flat.length() < 1) {
            throw wrong(name, "flattens nothing");
        }
        return flat;
    }

    /** @param shape without the batch; at most one extent is -1 */
    KerasTensor reshape(String name, KerasTensor x, int[] shape) {
        if (shape.length == 1) {
            KerasTensor flat = flatten(name, x);
            if (shape[0] == -1 || shape[0] == flat.length()) {
                return flat;
            }
        }
        boolean toPixel = shape.length == 3 && shape[0] == 1 && shape[1] == 1 && x.pixels(1, 1)
                && (shape[2] == -1 || shape[2] == x.channels());
        if (toPixel) {
            return x.at(x.node(), x.spatial() ? Form.MAPS : Form.PIXEL);
        }
        boolean unchanged = shape.length == 3 && x.is(Form.MAPS, Form.PIXEL) && shape[0] == x.height() && shape[1] == x.width()
                && shape[2] == x.channels();
        if (unchanged) {
            return x;
        }
        throw wrong(name, "reshapes " + x + " to " + Arrays.toString(shape)
                + "; known are flattening and [1, 1, channels] of a vector");
    }

    /** @param kernel [in, out], rows in Keras' order */
    KerasTensor dense(String name, KerasTensor x, INDArray kernel, Optional<INDArray> bias, IActivation activation) {
        int out = (int) kernel.size(1);
        if (x.form() == Form.MAPS) {
            INDArray pointwise = kernel.reshape('c', 1, 1, kernel.size(0), out);
            return convolution(name, x, pointwise, bias, Window.square(1, 1, false), 1, activation);
        }
        DenseLayer layer = new DenseLayer.Builder().nIn(x.features()).nOut(out).hasBias(bias.isPresent()).activation(activation).build();
        Map<String, INDArray> parameters = weights(byChannel(x, kernel), bias);
        if (x.spatial()) {
            draft.layer(name, layer, flattening(x), x.node(), parameters);
        } else {
            draft.layer(name, layer, x.node(), parameters);
        }
        return new KerasTensor(name, out, 1, 1, x.form() == Form.PIXEL ? Form.PIXEL : Form.VECTOR);
    }

    private static CnnToFeedForwardPreProcessor flattening(KerasTensor x) {
        return new CnnToFeedForwardPreProcessor(x.height(), x.width(), x.channels());
    }

    /** As a vector here, in the order channel, height, width. */
    private KerasTensor rows(KerasTensor x) {
        String name = x.node() + "-flat";
        if (draft.lacks(name)) {
            draft.vertex(name, new PreprocessorVertex(flattening(x)), List.of(x.node()));
        }
        return x.at(name, Form.ROWS);
    }

    /** A vector to Keras of which each number was one channel, as a vector here. */
    KerasTensor vector(KerasTensor x) {
        KerasTensor read = x.form() == Form.FLATTENED ? rows(x) : x;
        return read.at(read.node(), Form.VECTOR);
    }

    /** As a feature map here, which it must be to Keras. */
    private KerasTensor spatial(String name, KerasTensor x) {
        if (x.form() == Form.MAPS) {
            return x;
        }
        if (x.form() != Form.PIXEL) {
            throw wrong(name, "reads a vector of " + x.length() + " numbers where it wants a feature map");
        }
        String reshaped = x.node() + "-map";
        if (draft.lacks(reshaped)) {
            GraphVertex toMap = new PreprocessorVertex(new FeedForwardToCnnPreProcessor(1, 1, x.channels()));
            draft.vertex(reshaped, toMap, List.of(x.node()));
        }
        return x.at(reshaped, Form.MAPS);
    }

    private InputException wrong(String name, String what) {
        return new InputException(file + ": layer '" + name + "' " + what);
    }
}
