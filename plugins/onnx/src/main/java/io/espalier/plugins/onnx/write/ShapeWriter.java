package io.espalier.plugins.onnx.write;

import io.espalier.layers.ConstantPadding;
import java.util.List;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.ComposableInputPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.nd4j.linalg.factory.Nd4j;

/** What moves numbers without computing any: padding, cropping, slicing, reshaping, repeating. */
final class ShapeWriter {

    private static final long[] SPACE = {2, 3};
    /** In a shape it stands for the extent of the input, here the number of images. */
    private static final long AS_BEFORE = 0;

    private ShapeWriter() {}

    /**
     * @param begins of [batch, channels, height, width], then the ends in that order
     * @param value what is put around
     */
    static void pad(Operators operators, double value, long... begins) {
        operators.then("Pad", operators.integers("pads", begins), operators.scalar("value", value)).with("mode", "constant");
    }

    static void zeroPadding(Operators operators, ZeroPaddingLayer layer) {
        int[] padding = layer.getPadding();
        pad(operators, 0, 0, 0, padding[0], padding[2], 0, 0, padding[1], padding[3]);
    }

    static void constantPadding(Operators operators, ConstantPadding layer) {
        int[] rows = layer.getRows();
        int[] columns = layer.getColumns();
        int[] channels = layer.getChannels();
        pad(operators, layer.getValue(), 0, channels[0], rows[0], columns[0], 0, channels[1], rows[1], columns[1]);
    }

    static void cropping(Operators operators, Cropping2D layer) {
        int[] crop = layer.getCropping();
        long height = operators.maps().getHeight();
        long width = operators.maps().getWidth();
        slice(operators, new long[] {crop[0], crop[2]}, new long[] {height - crop[1], width - crop[3]}, SPACE);
    }

    /** Channels from the first to the last, that one too. */
    static void channels(Operators operators, int first, int last) {
        slice(operators, new long[] {first}, new long[] {last + 1L}, new long[] {1});
    }

    private static void slice(Operators operators, long[] starts, long[] ends, long[] axes) {
        operators.then("Slice", operators.integers("starts", starts), operators.integers("ends", ends), operators.integers("axes", axes));
    }

    /** Every number repeated over a rectangle. */
    static void upsampling(Operators operators, Upsampling2D layer) {
        int[] size = layer.getSize();
        String scales = operators.constant("scales", Nd4j.createFromArray(1f, 1f, size[0], size[1]));
        operators.then("Resize", "", scales)
                .with("mode", "nearest")
                .with("coordinate_transformation_mode", "asymmetric")
                .with("nearest_mode", "floor");
    }

    /** What stands before a layer and changes the shape of its input. */
    static void reshape(Operators operators, InputPreProcessor preProcessor) {
        if (preProcessor instanceof ComposableInputPreProcessor several) {
            List.of(several.getInputPreProcessors()).forEach(one -> reshape(operators, one));
        } else if (preProcessor instanceof CnnToFeedForwardPreProcessor) {
            operators.then("Flatten").with("axis", 1);
            operators.type(preProcessor.getOutputType(operators.type()));
        } else if (preProcessor instanceof FeedForwardToCnnPreProcessor maps) {
            long[] shape = {AS_BEFORE, maps.getNumChannels(), maps.getInputHeight(), maps.getInputWidth()};
            operators.then("Reshape", operators.integers("shape", shape));
            operators.type(preProcessor.getOutputType(operators.type()));
        } else {
            throw operators.refusal("what reshapes its input, " + preProcessor.getClass().getSimpleName() + ", is not known here");
        }
    }
}
