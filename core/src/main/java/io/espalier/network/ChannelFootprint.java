package io.espalier.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.inputs.InputType;

/** What a network costs by how many units of channels are left, computed from the shapes of its parameters alone. */
final class ChannelFootprint implements Footprint {

    /** A parameter's dimension whose extent changes. */
    private record Extent(String parameter, int dimension, ChannelCount channels) {}

    /** A node that costs less when units go. */
    private record Term(Node node, List<Extent> extents) {

        Cost cost(Map<String, InputType> types, Map<String, Integer> units) {
            return Cost.of(node, types, parameter -> length(parameter, units));
        }

        private long length(String parameter, Map<String, Integer> units) {
            long length = node.parameter(parameter).length();
            for (Extent extent : extents) {
                if (extent.parameter().equals(parameter)) {
                    length = length / node.parameter(parameter).size(extent.dimension()) * extent.channels().of(units);
                }
            }
            return length;
        }
    }

    private final Map<String, InputType> types;
    private final Map<String, Integer> sizes;
    private final List<Term> terms = new ArrayList<>();
    private final Cost constant;

    ChannelFootprint(ChannelFlow flow) {
        this.types = flow.network().outputTypes();
        this.sizes = flow.sizes();
        flow.passages().forEach(passage -> add(passage, flow));
        this.constant = Cost.of(flow.network()).minus(changing(sizes));
    }

    private void add(ChannelFlow.Passage passage, ChannelFlow flow) {
        List<Extent> extents = new ArrayList<>();
        for (ChannelRule.Axis axis : passage.axes()) {
            ChannelCount channels = flow.count(passage.along(axis.side()));
            if (!channels.isFixed()) {
                extents.add(new Extent(axis.parameter(), axis.dimension(), channels));
            }
        }
        if (!extents.isEmpty()) {
            terms.add(new Term(passage.node(), extents));
        }
    }

    private Cost changing(Map<String, Integer> units) {
        return terms.stream().map(term -> term.cost(types, units)).reduce(new Cost(0, 0), Cost::plus);
    }

    @Override
    public Cost of(Map<String, Integer> left) {
        Map<String, Integer> units = new HashMap<>(sizes);
        left.forEach((group, count) -> units.computeIfPresent(group, (name, size) -> count));
        return constant.plus(changing(units));
    }
}
