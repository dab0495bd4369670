package io.espalier.plugins.onnx.read;

import static io.espalier.plugins.onnx.read.ModelBuilder.list;
import static io.espalier.plugins.onnx.read.ModelBuilder.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Networks;
import io.espalier.api.InputException;
import io.espalier.network.Network;
import io.espalier.plugins.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import onnx.OnnxMl.TensorProto;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Maps that are made larger, against ONNX Runtime. */
class ResizingTest {

    @TempDir
    Path folder;

    private static TensorProto floats(String name, float... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE).addDims(values.length);
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return tensor.build();
    }

    /** A kernel that tells places apart reads what was made larger. */
    private static ModelBuilder model() {
        float[] kernel = new float[6 * 3 * 3 * 3];
        IntStream.range(0, kernel.length).forEach(i -> kernel[i] = (i * 37 % 101 - 50) / 50f);
        TensorProto weights = floats("w", kernel).toBuilder().clearDims().addDims(6).addDims(3).addDims(3).addDims(3).build();
        return new ModelBuilder().image(2, 3, 8, 8).tensor(weights).tensor(floats("none")).tensor(floats("twice", 1, 1, 2, 2)).tensor(floats("more", 1, 1, 5, 3));
    }

    private Path written(ModelBuilder model) throws IOException {
        return model.node("Conv", "a w -> c").node("Relu", "c -> r").head("r", 6).write(folder.resolve("net.onnx"));
    }

    private void agrees(int layers, ModelBuilder model) throws IOException {
        Path file = written(model);
        Network network = ReadNetwork.of(file, 8);
        assertThat(network.nodes().stream().filter(node -> node.layer(Upsampling2D.class).isPresent())).hasSize(layers);
        INDArray images = Networks.images(network, 2);
        try (OnnxRuntime reference = new OnnxRuntime(file)) {
            assertThat(Networks.difference(ReadNetwork.predict(network, images), reference.predict(images))).isLessThan(1e-5);
        }
    }

    private void refuses(ModelBuilder model, String... words) throws IOException {
        Path file = written(model);
        assertThatThrownBy(() -> ReadNetwork.of(file, 8)).isInstanceOf(InputException.class).hasMessageContainingAll(words);
    }

    /** The oldest opset that knows each. */
    @ParameterizedTest
    @CsvSource({
        "11, asymmetric, floor", "11, half_pixel, round_prefer_floor", "11, half_pixel, round_prefer_ceil",
        "11, pytorch_half_pixel, round_prefer_floor", "11, tf_half_pixel_for_nn, floor", "19, half_pixel_symmetric, round_prefer_floor"})
    void pixelsAreRepeatedHoweverTheFileSaysIt(long opset, String places, String rounding) throws IOException {
        for (String scales : new String[] {"twice", "more"}) {
            agrees(1, model().opset(opset).node("Resize", "image none " + scales + " -> a", text("mode", "nearest"),
                    text("coordinate_transformation_mode", places), text("nearest_mode", rounding)));
        }
    }

    @Test
    void whatTheFileLeavesOutIsTheOpsetsOwn() throws IOException {
        agrees(1, model().node("Resize", "image _ more -> a"));
        agrees(1, model().opset(11).node("Resize", "image none twice -> a"));
        agrees(1, model().opset(10).node("Resize", "image more -> a"));
        agrees(1, model().opset(9).node("Upsample", "image twice -> a", text("mode", "nearest")));
    }

    @Test
    void sizesAsNumbersAndAsComputedFromTheMap() throws IOException {
        agrees(1, model().integers("sizes", 2, 3, 16, 24).node("Resize", "image _ none sizes -> a"));
        agrees(1, model().opset(18).integers("sizes", 24, 16).node("Resize", "image _ _ sizes -> a", list("axes", 3, 2)));
        agrees(1, model().opset(18).tensor(floats("three", 3)).node("Resize", "image _ three -> a", list("axes", 3)));
        agrees(1, model().integers("factors", 1, 1, 2, 2).node("Shape", "image -> s").node("Mul", "s factors -> t").node("Resize", "image _ none t -> a"));
    }

    @Test
    void whatStaysAsLargeVanishes() throws IOException {
        agrees(0, model().integers("sizes", 2, 3, 8, 8).node("Resize", "image _ none sizes -> a", text("mode", "linear")));
    }

    /** The mean of each channel, spread over the map that it is added to. */
    @Test
    void aMapOfOnePixelGrows() throws IOException {
        agrees(1, model().tensor(floats("eight", 1, 1, 8, 8)).node("ReduceMean", "image -> g", list("axes", 2, 3)).node("Resize", "g _ eight -> p")
                .node("Sub", "image p -> a"));
    }

    @Test
    void whatCannotBe() throws IOException {
        refuses(model().node("Resize", "image _ twice -> a", text("mode", "linear")), "'my Resize' (Resize)", "mode=linear", "nearest");
        refuses(model().node("Resize", "image _ twice -> a", text("coordinate_transformation_mode", "align_corners")), "align_corners", "asymmetric");
        refuses(model().node("Resize", "image _ twice -> a", text("nearest_mode", "ceil")), "nearest_mode=ceil", "floor");
        refuses(model().tensor(floats("part", 1, 1, 1.5f, 2)).node("Resize", "image _ part -> a"), "1.5", "whole factors");
        refuses(model().tensor(floats("half", 1, 1, 0.5f, 2)).node("Resize", "image _ half -> a"), "0.5", "whole factors");
        refuses(model().tensor(floats("nan", 1, 1, Float.NaN, 2)).node("Resize", "image _ nan -> a"), "NaN", "whole factors");
        refuses(model().tensor(floats("huge", 1, 1, 1e30f, 2)).node("Resize", "image _ huge -> a"), "'my Resize'", "too large");
        refuses(model().tensor(floats("large", 1, 1, 1e6f, 1e6f)).node("Resize", "image _ large -> a"), "'my Resize'", "would give a map of");
        refuses(model().tensor(floats("channels", 1, 2, 1, 1)).node("Resize", "image _ channels -> a"), "[1.0, 2.0, 1.0, 1.0]", "height and width");
        refuses(model().tensor(floats("few", 2, 2)).node("Resize", "image _ few -> a"), "2 scales for 4 axes");
        refuses(model().node("Resize", "image -> a"), "lacks its scales and its sizes");
        refuses(model().opset(9).node("Upsample", "image -> a"), "lacks its scales");
        refuses(model().opset(18).integers("sizes", 16, 16).node("Resize", "image _ _ sizes -> a", list("axes", 2, 3),
                text("keep_aspect_ratio_policy", "not_larger")), "keep_aspect_ratio_policy=not_larger");
    }
}
