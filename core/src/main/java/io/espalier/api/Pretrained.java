package io.espalier.api;

import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * A network as a {@link ModelReader} read it.
 *
 * @param graph one input, one output; images [batch, channels, height, width]; initialised here if it was not
 * @param channels channels of its input
 * @param input the one image size it serves, or empty if it serves many
 * @param normalisation what the file itself (its model card) says of preprocessing
 * @param fit what the file itself says is done with images of another size
 * @param usual the preprocessing that is usual for this format, used when neither file nor user says
 * @param classes names of its classes in label order, if the file says
 */
@Stability(Stability.Level.EVOLVING)
public record Pretrained(
        ComputationGraph graph,
        int channels,
        Optional<ImageShape> input,
        Optional<Normalisation> normalisation,
        Optional<Fit> fit,
        Normalisation usual,
        Optional<List<String>> classes) {

    public Pretrained {
        graph.init();
    }
}
