package io.espalier.plugins.activations;

import io.espalier.api.Candidate;
import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Pruner;
import io.espalier.api.StageContext;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.Extension;

/**
 * Removes, one after the other, the units whose loss changes least what the layers that follow compute of them, on outputs of
 * those layers chosen at random; then multiplies the kernels that read each unit that stays by a factor which makes those
 * outputs, by least squares, what they were. Of units that several layers read all those layers count, each with factors of
 * its own. Source: Luo, Wu, Lin, "ThiNet: A Filter Level Pruning Method for Deep Neural Network Compression", 2017.
 */
@Extension
@Named(value = "thinet",
        doc = "Greedy choice of the channels that the next layers miss least, and kernels that make up for them. Luo et al., 2017 (ThiNet).")
public final class Reconstruction implements Pruner<Reconstruction.Options> {

    public record Options(
            @Option(doc = "training images to look at, or all where there are fewer", defaultValue = "256", min = 1) int images,
            @Option(doc = "outputs of each following layer that are looked at in each image", defaultValue = "10", min = 1) int outputs,
            @Option(doc = "images in memory at once", defaultValue = "32", min = 1) int batch,
            @Option(doc = "whether kernels that read what stays are replaced", defaultValue = "true") boolean reconstruct) {}

    @Override
    public PruningPlan plan(Candidate candidate, Selection selection, Options options, StageContext context) {
        List<UnitGroup> groups = Channels.groups(candidate.network());
        Map<String, List<Reader>> readers = readers(groups, candidate.network());
        observe(readers, CriterionContext.of(candidate, context), options, context);
        Map<String, double[]> scores = new LinkedHashMap<>();
        readers.forEach((group, own) -> scores.put(group, GreedyRemoval.scores(Moments.sum(own.stream().map(Reader::moments).toList()))));
        PruningPlan plan = selection.plan(groups, scores, "pruner thinet");
        return options.reconstruct() ? reconstructed(plan, readers, candidate.network()) : plan;
    }

    /** A layer that reads a group, and what is known of the group's contributions to it. */
    private record Reader(ReadContributions contributions, Moments moments) {}

    private static Map<String, List<Reader>> readers(List<UnitGroup> groups, Network network) {
        Map<String, List<Reader>> readers = new LinkedHashMap<>();
        for (UnitGroup group : groups) {
            readers.put(group.name(), group.members().stream()
                    .filter(member -> member.role() == UnitGroup.Role.READER)
                    .map(member -> new Reader(new ReadContributions(member, network), new Moments(group.size())))
                    .toList());
        }
        return readers;
    }

    private static void observe(Map<String, List<Reader>> readers, CriterionContext images, Options options, StageContext context) {
        Random random = context.random("outputs");
        List<Reader> all = readers.values().stream().flatMap(List::stream).toList();
        Set<String> layers = all.stream().map(reader -> reader.contributions().input()).collect(Collectors.toSet());
        images.observe(layers, options.images(), options.batch(), observed -> all.forEach(reader -> reader.moments()
                .add(reader.contributions().sample(observed.get(reader.contributions().input()), options.outputs(), random))));
    }

    /** The plan with the kernels that it needs: those of the network whose readers are scaled, cut as the plan cuts them. */
    private static PruningPlan reconstructed(PruningPlan plan, Map<String, List<Reader>> readers, Network network) {
        Map<String, INDArray> scaled = new LinkedHashMap<>();
        for (PruningPlan.Removal removal : plan.removals()) {
            int[] kept = IntStream.range(0, removal.size()).filter(unit -> !removal.removed().contains(unit)).toArray();
            for (Reader reader : readers.get(removal.group())) {
                UnitGroup.Member member = reader.contributions().reader();
                INDArray kernels = scaled.computeIfAbsent(member.layer(), layer -> member.tensor().dup('c'));
                scale(kernels, member, kept, reader.moments().factors(kept));
            }
        }
        Network cut = Surgeon.apply(plan, withKernels(network, scaled, readers));
        Map<String, INDArray> kernels = new LinkedHashMap<>();
        parameters(scaled, readers).forEach((layer, parameter) -> kernels.put(layer, cut.node(layer).parameter(parameter)));
        return new PruningPlan(plan.reason(), plan.removals(), kernels);
    }

    private static void scale(INDArray kernels, UnitGroup.Member member, int[] kept, double[] factors) {
        for (int i = 0; i < kept.length; i++) {
            for (long position : member.positions(kept[i])) {
                kernels.slice(position, member.dimension()).muli(factors[i]);
            }
        }
    }

    private static Network withKernels(Network network, Map<String, INDArray> kernels, Map<String, List<Reader>> readers) {
        NetworkEdit edit = network.edit();
        parameters(kernels, readers).forEach((layer, parameter) -> {
            Node node = network.node(layer);
            edit.replace(node.with(Map.of(parameter, kernels.get(layer))));
        });
        return edit.build();
    }

    private static Map<String, String> parameters(Map<String, INDArray> kernels, Map<String, List<Reader>> readers) {
        Map<String, String> parameters = new LinkedHashMap<>();
        List<UnitGroup.Member> all = new ArrayList<>();
        readers.values().forEach(own -> own.forEach(reader -> all.add(reader.contributions().reader())));
        all.stream().filter(member -> kernels.containsKey(member.layer())).forEach(member -> parameters.put(member.layer(), member.parameter()));
        return parameters;
    }
}
