import java.io.File;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What somebody who has DL4J and nothing of Espalier does with an exported network. */
public class PlainDl4j {

    public static void main(String[] arguments) throws Exception {
        try {
            Class.forName("io.espalier.network.Network");
            throw new IllegalStateException("this program must not see Espalier");
        } catch (ClassNotFoundException e) {
            // As it should be.
        }
        ComputationGraph graph = ModelSerializer.restoreComputationGraph(new File(arguments[0]));
        INDArray images = Nd4j.linspace(-1, 1, 2 * 2 * 9 * 7).reshape(2, 2, 9, 7).castTo(DataType.FLOAT);
        StringBuilder line = new StringBuilder("outputs");
        for (float value : graph.outputSingle(images).dup('c').data().asFloat()) {
            line.append(' ').append(value);
        }
        System.out.println(line);
    }
}
