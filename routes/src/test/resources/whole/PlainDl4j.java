import java.io.DataInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.util.zip.GZIPInputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * What somebody who has DL4J and nothing of Espalier does with networks that were exported: prepares images as the card
 * says, and counts how many are told right. Arguments: images, labels, how many, then each network's zip and card.
 */
public class PlainDl4j {

    public static void main(String[] arguments) throws Exception {
        try {
            Class.forName("io.espalier.network.Network");
            throw new IllegalStateException("this program must not see Espalier");
        } catch (ClassNotFoundException e) {
            // As it should be.
        }
        int count = Integer.parseInt(arguments[2]);
        byte[] pixels = read(arguments[0], 16, count * 28 * 28);
        byte[] labels = read(arguments[1], 8, count);
        for (int i = 3; i < arguments.length; i += 2) {
            ComputationGraph graph = ModelSerializer.restoreComputationGraph(new File(arguments[i]));
            JsonNode card = new ObjectMapper().readTree(new File(arguments[i + 1]));
            int right = 0;
            for (int image = 0; image < count; image++) {
                INDArray probabilities = graph.outputSingle(prepared(pixels, image, card.get("preprocessing").get("normalisation")));
                right += probabilities.argMax(1).getInt(0) == labels[image] ? 1 : 0;
            }
            System.out.println("right " + right + " parameters " + graph.numParams() + " " + arguments[i]);
        }
    }

    private static byte[] read(String file, int header, int length) throws Exception {
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(new FileInputStream(file)))) {
            in.skipNBytes(header);
            byte[] bytes = new byte[length];
            in.readFully(bytes);
            return bytes;
        }
    }

    private static INDArray prepared(byte[] pixels, int image, JsonNode normalisation) {
        double scale = normalisation.get("scale").asDouble();
        double mean = normalisation.get("mean").get(0).asDouble();
        double deviation = normalisation.get("deviation").get(0).asDouble();
        float[] values = new float[28 * 28];
        for (int i = 0; i < values.length; i++) {
            int pixel = pixels[image * values.length + i] & 0xff;
            values[i] = (float) ((pixel * scale - mean) / deviation);
        }
        return Nd4j.createFromArray(values).reshape(1, 1, 28, 28);
    }
}
