package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.BatchNorms;
import io.espalier.network.Cost;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.pf4j.Extension;

/**
 * Splits every ordinary convolution into a convolution with orthonormal basis vectors and a basis-scaling convolution: by the
 * SVD of its kernel, or by what it gives for training images. Source: Wong, Kashyap, Moradi, "Basis Scaling and Double Pruning
 * for Efficient Transfer Learning", 2021; of the bases from data {@link io.espalier.network.ResponseBasis}.
 */
@Extension
@Named(value = "decompose", doc = "Splits every ordinary convolution into basis vectors and a basis-scaling convolution.")
@Flow(needs = {"loaded", "plain"}, gives = {"decomposed", "factors"}, takes = {"plain", "trained"})
public final class Decompose implements Stage<Decompose.Options> {

    /** How convolutions are split. */
    public enum Method {
        BASIS
    }

    /** Where the basis vectors come from. */
    public enum Basis {
        /** The SVD of each kernel. */
        KERNEL,
        /** What each layer gives for training images. */
        DATA
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
            @Option(doc = Bases.DOC, defaultValue = "kernel") Basis basis,
            @Option(doc = Bases.ENERGY_DOC, above = 0, max = 1) Optional<Double> energy,
            @Option(doc = Bases.IMAGES_DOC, min = 1) Optional<Integer> images,
            @Option(doc = "fold: batch norms that are their convolution's only consumer are multiplied into it first; frozen: left;"
                            + " train: left, and scale and shift train with the factors",
                    defaultValue = "fold") BatchNorm batchNorm) {}

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        Network network = options.batchNorm() == BatchNorm.FOLD ? BatchNorms.fold(candidate.network()) : candidate.network();
        Network decomposed = new Bases(options.basis(), options.energy(), options.images())
                .decompose(network, Map.of(), candidate.dataset(), context);
        List<Node> scalings = Decomposition.scalings(decomposed);
        if (scalings.isEmpty()) {
            throw new InputException("the network has no ordinary convolution to decompose: its layers are "
                    + network.nodes().stream().map(n -> n.name() + " (" + n.kind() + ")").toList());
        }
        sayWhatStaysWhole(network, context);
        Map<String, Long> ranks = new LinkedHashMap<>();
        scalings.forEach(s -> ranks.put(s.name(), Ranks.of(s)));
        Cost from = Cost.of(network);
        Cost to = Cost.of(decomposed);
        context.say(scalings.size() + " convolutions into " + ranks.values().stream().mapToLong(Long::longValue).sum() + " basis vectors"
                + (to.equals(from) ? "" : String.format(Locale.ROOT, ": %,d -> %,d parameters, %,d -> %,d FLOPs",
                        from.parameters(), to.parameters(), from.flops(), to.flops())));
        context.journal("ranks", ranks);
        return reduced(candidate, network, decomposed);
    }

    /** Bases from data may cut at once; what was there before is what a guard goes back to, as decomposed as this is. */
    private static Candidate reduced(Candidate candidate, Network network, Network decomposed) {
        boolean cut = Cost.of(decomposed).parameters() < Cost.of(network).parameters();
        Candidate result = candidate.with(decomposed);
        return cut && candidate.kept().isEmpty() ? result.withKept(candidate.with(Decomposition.decompose(network))) : result;
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
