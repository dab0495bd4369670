package @package@;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.deeplearning4j.nn.conf.inputs.InputType.convolutional;
import static org.nd4j.linalg.activations.Activation.RELU;
import static org.nd4j.linalg.activations.Activation.SOFTMAX;

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
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.pf4j.Extension;

/** A format of its own: a text such as {@code filters 16}, for a network of ten classes that has learned nothing yet. */
@Extension
@Named(value = "@name@", doc = "@description@")
public final class @Class@ implements ModelReader<NoOptions> {

    @Override public boolean accepts(Path file) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) < 100 && Files.readString(file, ISO_8859_1).startsWith("filters ");
    }

    @Override public Pretrained read(Path file, NoOptions options) throws IOException {
        int filters = Optional.of(Files.readString(file, ISO_8859_1).strip()).filter(text -> text.matches("filters [1-9]\\d{0,3}"))
                .map(text -> Integer.valueOf(text.substring(8))).orElseThrow(() -> new InputException(file + " does not say 'filters 16'; write it so"));
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder().seed(1).graphBuilder().addInputs("images").setOutputs("out")
                .setInputTypes(convolutional(28, 28, 1)).addLayer("conv", new ConvolutionLayer.Builder(3, 3).nOut(filters).activation(RELU).build(), "images")
                .addLayer("pool", new GlobalPoolingLayer(), "conv").addLayer("out", new OutputLayer.Builder().nOut(10).activation(SOFTMAX).build(), "pool").build());
        return new Pretrained(graph, 1, Optional.of(new ImageShape(1, 28, 28)), Optional.empty(), Optional.empty(), Normalisation.UNIT, Optional.empty());
    }
}
