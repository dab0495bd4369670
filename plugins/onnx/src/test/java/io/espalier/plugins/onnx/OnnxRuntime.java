package io.espalier.plugins.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Microsoft's runtime, which shares nothing with what is tested. */
public final class OnnxRuntime implements AutoCloseable {

    private final OrtSession session;

    /** @throws AssertionError when the runtime does not take the file */
    public OnnxRuntime(Path file) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = OrtEnvironment.getEnvironment().createSession(file.toString(), options);
        } catch (OrtException e) {
            throw new AssertionError(file + " is refused: " + e.getMessage(), e);
        }
    }

    /** The result for images [batch, channels, height, width]. */
    public static INDArray predict(Path file, INDArray images) {
        try (OnnxRuntime runtime = new OnnxRuntime(file)) {
            return runtime.predict(images);
        }
    }

    public INDArray predict(INDArray images) {
        FloatBuffer numbers = FloatBuffer.wrap(images.dup('c').data().asFloat());
        try (OnnxTensor input = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), numbers, images.shape());
                OrtSession.Result result = session.run(Map.of(input(), input))) {
            return array(result.get(0));
        } catch (OrtException e) {
            throw new AssertionError("the runtime fails on " + images.shapeInfoToString() + ": " + e.getMessage(), e);
        }
    }

    private static INDArray array(OnnxValue value) {
        OnnxTensor tensor = (OnnxTensor) value;
        float[] numbers = new float[tensor.getFloatBuffer().remaining()];
        tensor.getFloatBuffer().get(numbers);
        return Nd4j.createFromArray(numbers).reshape('c', tensor.getInfo().getShape());
    }

    /** Name of the only input. */
    public String input() {
        return only(session.getInputNames().stream().toList());
    }

    /** Name of the only output. */
    public String output() {
        return only(session.getOutputNames().stream().toList());
    }

    private static String only(List<String> names) {
        if (names.size() != 1) {
            throw new AssertionError("one was expected: " + names);
        }
        return names.get(0);
    }

    /** Extents of the input, -1 where any is taken. */
    public long[] inputShape() {
        try {
            NodeInfo info = session.getInputInfo().get(input());
            return ((TensorInfo) info.getInfo()).getShape();
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }

    /** The metadata under a key, or null. */
    public String metadata(String key) {
        try {
            return session.getMetadata().getCustomMetadata().get(key);
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }
}
