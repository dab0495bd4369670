package @package@;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.activations.Activation;
import org.pf4j.Extension;

/** A format of its own: a text such as {@code filters 16 classes 10}, for a network that has learned nothing yet. */
@Extension
@Named(value = "@name@", doc = "@description@")
public final class @Class@ implements ModelReader<NoOptions> {

    @Override
    public boolean accepts(Path file) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) < 100 && Files.readString(file, ISO_8859_1).startsWith("filters ");
    }

    @Override
    public Pretrained read(Path file, NoOptions options) throws IOException {
        String[] words = Files.readString(file, ISO_8859_1).strip().split(" ");
        if (!String.join(" ", words).matches("filters [1-9]\\d{0,3} classes [1-9]\\d{0,3}")) {
            throw new InputException(file + " is not of the form 'filters 16 classes 10'; write it so");
        }
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder().seed(1).graphBuilder().addInputs("images")
                .addLayer("conv", new ConvolutionLayer.Builder(3, 3).nOut(Integer.parseInt(words[1])).activation(Activation.RELU).build(), "images")
                .addLayer("pool", new GlobalPoolingLayer(), "conv")
                .addLayer("out", new OutputLayer.Builder().nOut(Integer.parseInt(words[3])).activation(Activation.SOFTMAX).build(), "pool")
                .setInputTypes(InputType.convolutional(28, 28, 1)).setOutputs("out").build());
        graph.init();
        return new Pretrained(graph, 1, Optional.of(new ImageShape(1, 28, 28)), Optional.empty(), Optional.empty(), Normalisation.UNIT, Optional.empty());
    }
}
