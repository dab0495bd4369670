package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.BatchNorms;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.pf4j.Extension;

/**
 * Splits every ordinary convolution by SVD into a convolution with orthonormal basis vectors and a basis-scaling
 * convolution. Source: Wong, Kashyap, Moradi, "Basis Scaling and Double Pruning for Efficient Transfer Learning", 2021.
 */
@Extension
@Named(value = "decompose", doc = "Splits every ordinary convolution into basis vectors and a basis-scaling convolution.")
@Flow(needs = {"loaded", "plain"}, gives = "decomposed", takes = {"plain", "trained"})
public final class Decompose implements Stage<Decompose.Options> {

    /** How convolutions are split. */
    public enum Method {
        BASIS
    }

    /** Where the basis vectors come from. */
    public enum Basis {
        KERNEL
    }

    /** What becomes of the pretrained network's batch norms. */
    public enum BatchNorm {
        /** Multiplied into their convolutions where they are its only consumer. */
        FOLD,
        /** Left where they are, their statistics fixed. */
        FROZEN,
        /** Left where they are; scale and shift train with the factors, their statistics stay fixed. */
        TRAIN
    }

    public record Options(
            @Option(doc = "how convolutions are split", defaultValue = "basis") Method method,
            @Option(doc = "where the basis vectors come from: the SVD of each kernel", defaultValue = "kernel") Basis basis,
            @Option(doc = "fold: batch norms that are their convolution's only consumer are multiplied into it first; frozen: left;"
                            + " train: left, and scale and shift train with the factors",
                    defaultValue = "fold") BatchNorm batchNorm) {}

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        Network network = options.batchNorm() == BatchNorm.FOLD ? BatchNorms.fold(candidate.network()) : candidate.network();
        Network decomposed = Decomposition.decompose(network);
        List<Node> scalings = Decomposition.scalings(decomposed);
        if (scalings.isEmpty()) {
            throw new InputException("the network has no ordinary convolution to decompose: its layers are "
                    + network.nodes().stream().map(n -> n.name() + " (" + n.kind() + ")").toList());
        }
        sayWhatStaysWhole(network, context);
        Map<String, Long> ranks = new LinkedHashMap<>();
        scalings.forEach(s -> ranks.put(s.name(), Ranks.of(s)));
        context.say(scalings.size() + " convolutions into " + ranks.values().stream().mapToLong(Long::longValue).sum() + " basis vectors");
        context.journal("ranks", ranks);
        return candidate.with(decomposed);
    }

    private static void sayWhatStaysWhole(Network network, StageContext context) {
        List<String> whole = network.nodes().stream()
                .filter(n -> n.layer(ConvolutionLayer.class).isPresent() && !Decomposition.isPlainConvolution(n))
                .map(n -> n.name() + " (" + n.kind() + ")")
                .toList();
        if (!whole.isEmpty()) {
            context.say("left whole, since only ordinary convolutions are decomposed: " + String.join(", ", whole));
        }
    }
}
