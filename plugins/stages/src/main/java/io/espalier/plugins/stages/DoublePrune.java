package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Pruned;
import io.espalier.api.Pruner;
import io.espalier.api.RunFailedException;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.BatchNorms;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Channels;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import io.espalier.network.UnsupportedTopologyException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pf4j.Extension;

/**
 * Removes channels by a third-party pruner, then decomposes what is left. In the other order the removal of input channels
 * would break the orthonormality of the basis vectors, so decomposed layers are made whole first and decomposed again, at
 * most at the rank that they had.
 * Source: Wong, Kashyap, Moradi, "Basis Scaling and Double Pruning for Efficient Transfer Learning", 2021.
 */
@Extension
@Named(value = "double-prune", doc = "Removes channels by any pruner, then decomposes what is left anew.")
@Flow(needs = "loaded", gives = {"decomposed", "factors"}, takes = {"plain", "scaled", "trained", "evaluated"})
public final class DoublePrune implements Stage<DoublePrune.Options> {

    public record Options(
            @Option(doc = "what decides which channels go: a pruner, or a criterion for channels", defaultValue = "l1")
                    Chosen<Pruner<Record>> pruner,
            @Option(doc = "share to remove", defaultValue = "0.25", above = 0, below = 1) double fraction,
            @Option(doc = "what fraction is a share of: units (channels that go together), parameters, flops; or threshold, with below",
                    defaultValue = "units") Selection.Of of,
            @Option(doc = "with of=threshold: channels of a lower normalised score go") Optional<Double> below,
            @Option(doc = "layer: each group gives its share; global: all groups compete", defaultValue = "layer") Selection.Scope scope,
            @Option(doc = "what the scores of a layer are divided by before layers are compared", defaultValue = "l2")
                    Selection.Normalise normalise,
            @Option(doc = "scores are divided by (parameters of one channel) to this power; 0: not at all", defaultValue = "0", min = 0)
                    double costExponent,
            @Option(doc = "share of each group's channels that stays whatever the scores", defaultValue = "0", min = 0, below = 1)
                    double floor,
            @Option(doc = "numbers of channels that stay in a group are rounded up to a multiple of this", defaultValue = "1", min = 1)
                    int multiple,
            @Option(doc = "layers whose channels stay, separated by commas; * stands for any letters", defaultValue = "") List<String> keep,
            @Option(doc = "fold: batch norms that are their convolution's only consumer are multiplied into it; frozen: left;"
                            + " train: left, and scale and shift train with the factors",
                    defaultValue = "fold") Decompose.BatchNorm batchNorm,
            @Option(doc = Bases.DOC, defaultValue = "kernel") Decompose.Basis basis,
            @Option(doc = Bases.ENERGY_DOC, above = 0, max = 1) Optional<Double> energy,
            @Option(doc = Bases.IMAGES_DOC, min = 1) Optional<Integer> images) {

        Selection selection(List<UnitGroup> groups) {
            return Selections.keeping(
                    keep, groups, Selections.of(of, fraction, below, scope, normalise, costExponent, floor, multiple));
        }
    }

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        try {
            return prune(candidate, options, context);
        } catch (UnsupportedTopologyException e) {
            throw new InputException(e.getMessage(), e);
        }
    }

    private static Candidate prune(Candidate candidate, Options options, StageContext context) {
        Candidate plain = candidate.with(ChannelScalings.fold(Decomposition.merge(candidate.network())));
        List<UnitGroup> groups = Channels.groups(plain.network());
        sayWhatStaysWhole(plain.network(), context);
        Pruned pruned = pruned(plain, groups, options, context);
        if (pruned.network() == plain.network()) {
            throw new InputException("nothing would be removed of " + groups.stream().mapToInt(UnitGroup::size).sum()
                    + " channels (pruner=" + options.pruner().name() + ", fraction=" + options.fraction() + ", floor=" + options.floor()
                    + ", multiple=" + options.multiple() + "); raise fraction, or lower floor or multiple");
        }
        Plans.requireSomethingLeft(pruned.plan(), groups);
        Network folded = options.batchNorm() == Decompose.BatchNorm.FOLD ? BatchNorms.fold(pruned.network()) : pruned.network();
        Candidate decomposed = candidate.with(new Bases(options.basis(), options.energy(), options.images())
                .decompose(folded, Decomposition.ranks(candidate.network()), candidate.dataset(), context));
        Plans.report(pruned, groups, plain, decomposed, context);
        return candidate.kept().isEmpty() ? decomposed.withKept(candidate) : decomposed;
    }

    private static void sayWhatStaysWhole(Network network, StageContext context) {
        List<String> refusals = Channels.refusals(network);
        if (!refusals.isEmpty()) {
            context.say("channels that pass these layers stay: " + String.join("; ", refusals));
        }
    }

    private static Pruned pruned(Candidate candidate, List<UnitGroup> groups, Options options, StageContext context) {
        Chosen<Pruner<Record>> chosen = options.pruner();
        Selection selection = options.selection(groups);
        Optional<Criterion<Record>> criterion = chosen.criterion();
        if (criterion.isPresent()) {
            List<UnitGroup> competing = selection.competing(groups);
            Map<String, double[]> scores = Scoring.of(chosen, criterion.get(), competing, UnitKind.CHANNEL, candidate, context);
            return Pruned.by(selection.plan(groups, scores, "criterion " + chosen.name()), candidate.network());
        }
        try {
            return chosen.extension().prune(candidate, selection, chosen.options(), context);
        } catch (RunFailedException e) {
            throw new RunFailedException("pruner '" + chosen.name() + "': " + e.getMessage(), e);
        }
    }
}
