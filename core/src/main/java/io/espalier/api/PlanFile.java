package io.espalier.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.network.PruningPlan;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A plan for channels as JSON, as people and programs write it and as the journal holds it: {@code {"removals": [{"group":
 * "conv1", "removed": [0, 7]}]}}. A removal may say the {@code size} of its group, which is then checked; {@code reason} is
 * for people; what the journal has besides (kind, scores) is read over.
 */
@Stability(Stability.Level.EVOLVING)
public final class PlanFile {

    private static final Set<String> PLAN = Set.of("format", "version", "reason", "removals");
    private static final Set<String> REMOVAL = Set.of("group", "removed", "size", "kind", "lowestKept", "highestRemoved");

    private final String place;
    private final Map<String, UnitGroup> groups;

    private PlanFile(String place, List<UnitGroup> groups) {
        this.place = place;
        this.groups = groups.stream().collect(Collectors.toMap(UnitGroup::name, group -> group));
    }

    /**
     * Reads a plan. Whether it can be applied is told by {@link Pruned#by}, but for groups that are not there at all.
     *
     * @param place the file, for errors
     * @param groups those of the network
     * @param reason of a plan that gives none
     * @throws InputException when it is no plan; names the place and the mend
     */
    public static PruningPlan parse(String place, String text, List<UnitGroup> groups, String reason) {
        return new PlanFile(place, groups).parse(text, reason);
    }

    private PruningPlan parse(String text, String reason) {
        JsonNode plan = json(text);
        if (!plan.path("removals").isArray()) {
            throw wrong("it has no list 'removals'");
        }
        requireKnown(plan, PLAN, "the plan");
        List<PruningPlan.Removal> removals = new ArrayList<>();
        for (JsonNode removal : plan.path("removals")) {
            removals.add(removal(removal, "removal " + (removals.size() + 1)));
        }
        return new PruningPlan(plan.path("reason").asText(reason), removals, Map.of());
    }

    private JsonNode json(String text) {
        try {
            JsonNode plan = new ObjectMapper().readTree(text);
            if (!plan.isObject()) {
                throw wrong("it is no JSON object");
            }
            return plan;
        } catch (JsonProcessingException e) {
            throw new InputException(place + " is no plan: it is no JSON, line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
        }
    }

    private PruningPlan.Removal removal(JsonNode removal, String which) {
        if (!removal.path("group").isTextual() || !removal.path("removed").isArray()) {
            throw wrong(which + " needs a 'group' and a list 'removed'");
        }
        requireKnown(removal, REMOVAL, which);
        String group = removal.path("group").textValue();
        if (!removal.path("kind").asText(UnitKind.CHANNEL.name()).equals(UnitKind.CHANNEL.name())) {
            throw wrong(which + ", of layer '" + group + "', removes " + removal.path("kind").asText() + " and not channels");
        }
        List<Integer> removed = indices(removal.path("removed"), which + ", of layer '" + group + "',");
        int size = removal.has("size") ? removal.path("size").asInt(-1) : groups.containsKey(group) ? groups.get(group).size() : removed.size() + 1;
        return new PruningPlan.Removal(group, UnitKind.CHANNEL, size, removed, Double.NaN, Double.NaN);
    }

    private List<Integer> indices(JsonNode list, String which) {
        TreeSet<Integer> indices = new TreeSet<>();
        for (JsonNode index : list) {
            if (!index.isInt()) {
                throw wrong(which + " has " + index + " where the index of a unit is needed, a whole number from 0");
            }
            if (!indices.add(index.intValue())) {
                throw wrong(which + " names unit " + index + " twice");
            }
        }
        return List.copyOf(indices);
    }

    private void requireKnown(JsonNode object, Set<String> known, String which) {
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw wrong(which + " has a field '" + name + "'; known are " + new TreeSet<>(known));
            }
        }
    }

    private InputException wrong(String why) {
        return new InputException(place + " is no plan: " + why
                + "; a plan is {\"removals\": [{\"group\": \"conv1\", \"removed\": [0, 7]}]}, its groups are " + groups.keySet().stream().sorted().toList());
    }
}
