import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Accuracy of an exported ONNX file on the CIFAR-10 test batch in Microsoft's ONNX Runtime, without any of Espalier: how the
 * images are prepared is read from the file's own metadata.
 *   java -cp CLASSPATH OnnxAccuracy.java MODEL.onnx test_batch.bin FROM TO
 */
public final class OnnxAccuracy {

    private static final int SIDE = 32;
    private static final int PIXELS = SIDE * SIDE;
    private static final int RECORD = 1 + 3 * PIXELS;
    private static final int BATCH = 100;

    public static void main(String[] arguments) throws Exception {
        byte[] records = Files.readAllBytes(Path.of(arguments[1]));
        int from = Integer.parseInt(arguments[2]);
        int to = Integer.parseInt(arguments[3]);
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(arguments[0])) {
            JsonNode card = new ObjectMapper().readTree(session.getMetadata().getCustomMetadata().get("espalier"));
            JsonNode normalisation = card.at("/preprocessing/normalisation");
            if (!normalisation.path("order").asText().equals("RGB")) {
                throw new IllegalArgumentException("the file wants " + normalisation.path("order") + ", and this program gives RGB");
            }
            int right = 0;
            for (int first = from; first < to; first += BATCH) {
                int count = Math.min(BATCH, to - first);
                right += right(session, images(records, first, count, normalisation), records, first, count);
            }
            System.out.printf(Locale.ROOT, "ONNX Runtime: %d of %d test images (%d to %d) told right, %.2f %%%n",
                    right, to - from, from, to - 1, 100.0 * right / (to - from));
        }
    }

    private static FloatBuffer images(byte[] records, int first, int count, JsonNode normalisation) {
        FloatBuffer numbers = FloatBuffer.allocate(count * 3 * PIXELS);
        double scale = normalisation.path("scale").asDouble();
        for (int i = first; i < first + count; i++) {
            for (int p = 0; p < 3 * PIXELS; p++) {
                int channel = p / PIXELS;
                double mean = normalisation.path("mean").path(channel).asDouble();
                double deviation = normalisation.path("deviation").path(channel).asDouble();
                numbers.put((float) (((records[i * RECORD + 1 + p] & 0xff) * scale - mean) / deviation));
            }
        }
        return numbers.flip();
    }

    private static int right(OrtSession session, FloatBuffer images, byte[] records, int first, int count) throws Exception {
        String input = session.getInputNames().iterator().next();
        try (OnnxTensor tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), images, new long[] {count, 3, SIDE, SIDE});
                OrtSession.Result result = session.run(Map.of(input, tensor))) {
            float[][] logits = (float[][]) result.get(0).getValue();
            int right = 0;
            for (int i = 0; i < count; i++) {
                int highest = 0;
                for (int c = 1; c < logits[i].length; c++) {
                    highest = logits[i][c] > logits[i][highest] ? c : highest;
                }
                right += highest == records[(first + i) * RECORD] ? 1 : 0;
            }
            return right;
        }
    }
}
