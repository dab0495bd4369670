package io.espalier.plugins.onnx.read;

import static io.espalier.plugins.onnx.read.ModelBuilder.integer;
import static io.espalier.plugins.onnx.read.ModelBuilder.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Networks;
import io.espalier.api.InputException;
import io.espalier.network.Network;
import io.espalier.plugins.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import onnx.OnnxMl.AttributeProto;
import onnx.OnnxMl.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Kernels that are computed in the file, against ONNX Runtime. */
class WeightFoldsTest {

    @TempDir
    Path folder;

    private static TensorProto numbers(String name, double least, long... shape) {
        Random random = new Random(name.hashCode());
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        long count = 1;
        for (long extent : shape) {
            tensor.addDims(extent);
            count *= extent;
        }
        for (long i = 0; i < count; i++) {
            tensor.addFloatData((float) (least + random.nextDouble()));
        }
        return tensor.build();
    }

    private static ModelBuilder kernels() {
        return new ModelBuilder().image(2, 3, 8, 8).tensor(numbers("w", -0.5, 6, 3, 3, 3));
    }

    private void agrees(ModelBuilder model) throws IOException {
        Path file = model.node("Conv", "image k -> a").head("a", 6).write(folder.resolve("net.onnx"));
        Network network = ReadNetwork.of(file, 8);
        INDArray images = Networks.images(network, 2);
        try (OnnxRuntime reference = new OnnxRuntime(file)) {
            assertThat(Networks.difference(ReadNetwork.predict(network, images), reference.predict(images))).isLessThan(1e-5);
        }
    }

    @Test
    void meansWithTheirAxesAsAnAttributeKeptOrNot() throws IOException {
        agrees(kernels().node("ReduceMean", "w -> m", list("axes", 1, -1)).node("Sub", "w m -> k"));
        agrees(kernels().node("ReduceMean", "w -> m", list("axes", 0), integer("keepdims", 0)).node("Mul", "w m -> k"));
        agrees(kernels().node("ReduceMean", "w -> m").node("Sub", "w m -> k"));
    }

    @Test
    void meansWithTheirAxesAsAnInputOrNone() throws IOException {
        agrees(kernels().opset(18).integers("axes", 1, 2, 3).node("ReduceMean", "w axes -> m").node("Sub", "w m -> k"));
        agrees(kernels().opset(18).node("ReduceMean", "w -> m", integer("noop_with_empty_axes", 0)).node("Sub", "w m -> k"));
    }

    @Test
    void limitsFromBelowAboveAndBoth() throws IOException {
        agrees(kernels().tensor(scalar("least", -0.1f)).tensor(scalar("most", 0.2f)).node("Clip", "w least most -> k"));
        agrees(kernels().tensor(scalar("least", -0.1f)).node("Clip", "w least -> k"));
        agrees(kernels().tensor(scalar("most", 0.2f)).node("Clip", "w _ most -> k"));
        agrees(kernels().opset(9).node("Clip", "w -> k", number("min", 0.05f)));
    }

    @Test
    void normalisedByGivenAndByOwnStatistics() throws IOException {
        agrees(statistics(kernels(), 3).node("BatchNormalization", "w scale shift mean variance -> k"));
        agrees(statistics(kernels(), 3)
                .node("BatchNormalization", "w scale shift mean variance -> k running spread", integer("training_mode", 1)));
    }

    @Test
    void whatCannotBe() throws IOException {
        refuses(statistics(kernels(), 5).node("BatchNormalization", "w scale shift mean variance -> k"), "BatchNormalization", "5 numbers for 3 channels");
        refuses(kernels().tensor(numbers("least", 0, 2)).node("Clip", "w least -> k"), "Clip", "2 numbers as its min");
        refuses(kernels().node("ReduceMean", "w -> k", list("axes", 7)), "ReduceMean", "7");
    }

    private static ModelBuilder statistics(ModelBuilder model, long channels) {
        return model.tensor(numbers("scale", 0.5, channels)).tensor(numbers("shift", -0.5, channels))
                .tensor(numbers("mean", -0.5, channels)).tensor(numbers("variance", 0.5, channels));
    }

    private static TensorProto scalar(String name, float value) {
        return TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE).addFloatData(value).build();
    }

    private static AttributeProto number(String name, float value) {
        return AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.FLOAT).setF(value).build();
    }

    private void refuses(ModelBuilder model, String... words) throws IOException {
        Path file = model.node("Conv", "image k -> a").head("a", 6).write(folder.resolve("net.onnx"));
        assertThatThrownBy(() -> ReadNetwork.of(file, 8)).isInstanceOf(InputException.class).hasMessageContainingAll(words);
    }
}
