package io.espalier.plugins.onnx.read;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What ONNX Runtime computes of a file. */
final class Reference implements AutoCloseable {

    private final OrtSession session;

    Reference(Path file) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(2);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.BASIC_OPT);
            session = OrtEnvironment.getEnvironment().createSession(file.toString(), options);
        }
    }

    /** The file's output, in its own shape. */
    INDArray predict(INDArray images) throws OrtException {
        FloatBuffer numbers = FloatBuffer.wrap(images.dup('c').data().asFloat());
        String input = session.getInputNames().iterator().next();
        try (OnnxTensor tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), numbers, images.shape());
                OrtSession.Result result = session.run(Map.of(input, tensor))) {
            OnnxTensor output = (OnnxTensor) result.get(0);
            FloatBuffer values = output.getFloatBuffer();
            float[] all = new float[values.remaining()];
            values.get(all);
            return Nd4j.createFromArray(all).reshape('c', output.getInfo().getShape());
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
