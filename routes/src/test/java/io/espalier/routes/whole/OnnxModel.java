package io.espalier.routes.whole;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** An ONNX file as somebody uses it who has Microsoft's runtime and nothing of Espalier. */
final class OnnxModel implements AutoCloseable {

    private static final int BATCH = 50;

    private final OrtSession session;

    OnnxModel(Path file) {
        try {
            session = OrtEnvironment.getEnvironment().createSession(file.toString());
        } catch (OrtException e) {
            throw new AssertionError(file + " is refused: " + e.getMessage(), e);
        }
    }

    /** What the file says of itself: preprocessing, classes, lineage. */
    JsonNode card() {
        try {
            return new ObjectMapper().readTree(session.getMetadata().getCustomMetadata().get("espalier"));
        } catch (OrtException | IOException e) {
            throw new AssertionError(e);
        }
    }

    List<String> inputs() {
        return List.copyOf(session.getInputNames());
    }

    List<String> outputs() {
        return List.copyOf(session.getOutputNames());
    }

    /** Results [images, classes] for images of one number for each pixel, row by row and channel by channel. */
    float[][] results(float[][] images, long channels, long height, long width) {
        List<float[]> results = new ArrayList<>();
        for (int from = 0; from < images.length; from += BATCH) {
            float[][] batch = Arrays.copyOfRange(images, from, Math.min(images.length, from + BATCH));
            results.addAll(List.of(batch(batch, channels, height, width)));
        }
        return results.toArray(float[][]::new);
    }

    private float[][] batch(float[][] images, long channels, long height, long width) {
        FloatBuffer numbers = FloatBuffer.allocate(images.length * images[0].length);
        for (float[] image : images) {
            numbers.put(image);
        }
        long[] shape = {images.length, channels, height, width};
        try (OnnxTensor input = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), numbers.flip(), shape);
                OrtSession.Result result = session.run(Map.of(inputs().get(0), input))) {
            return (float[][]) result.get(0).getValue();
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }

    static int highest(float[] values) {
        int highest = 0;
        for (int i = 1; i < values.length; i++) {
            highest = values[i] > values[highest] ? i : highest;
        }
        return highest;
    }

    /** How many of the results are highest at the label. */
    static long right(float[][] results, int[] labels) {
        long right = 0;
        for (int i = 0; i < labels.length; i++) {
            right += highest(results[i]) == labels[i] ? 1 : 0;
        }
        return right;
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
