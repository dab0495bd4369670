package io.espalier.routes;

import io.espalier.routes.Placeholders.Use;
import io.espalier.routes.Step.Given;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.apache.camel.util.StringHelper;

/** Reads the options of a {@code to: stage:…} step, written in the uri or as {@code parameters}. */
final class StageReader {

    /** What the query of a uri loses or changes unless it stands in {@code RAW(…)}. */
    private static final String FRAGILE = "+&%#";

    private static final String RAW = "RAW(";

    private final String file;
    private final Placeholders placeholders;
    private final List<Problem> problems;

    StageReader(String file, Placeholders placeholders, List<Problem> problems) {
        this.file = file;
        this.placeholders = placeholders;
        this.problems = problems;
    }

    /** An option as it stands in the file, placeholders and all. */
    private record Written(Place place, String name, String text) {}

    /** @param uri the uri's node; @param parameters the map beside it, if there is one */
    Step.Stage read(Node uri, Optional<Node> parameters) {
        Place place = Place.of(file, uri);
        String text = YamlDocument.text(uri).orElseThrow();
        int query = text.indexOf('?');
        List<Written> written = new ArrayList<>();
        if (query >= 0) {
            written.addAll(ofQuery(place, text.substring(query + 1)));
        }
        parameters.ifPresent(map -> written.addAll(ofParameters(map)));
        written.forEach(this::checkTransport);
        return stage(place, placeholders.resolve(query < 0 ? text : text.substring(0, query)), written);
    }

    private Step.Stage stage(Place place, String address, List<Written> written) {
        List<Written> present = written.stream().filter(w -> !isLeftOut(w)).toList();
        String query = present.stream()
                .map(w -> w.name() + "=" + placeholders.resolve(w.text()))
                .collect(Collectors.joining("&"));
        Map<String, Written> byName = new LinkedHashMap<>();
        for (Written option : present) {
            if (byName.put(option.name(), option) != null) {
                problems.add(Problem.of(option.place(), address + " is given '" + option.name() + "' twice", "leave one of the two out"));
            }
        }
        try {
            StageUri uri = StageUri.parse(query.isEmpty() ? address : address + "?" + query);
            Map<String, Given> options = new LinkedHashMap<>();
            byName.keySet().stream().filter(uri.options()::containsKey).forEach(name -> options.put(name, given(byName.get(name), uri)));
            uri.options().forEach((name, value) -> options.putIfAbsent(name, new Given(place, value, "pipeline file")));
            return new Step.Stage(place, uri.stage(), options);
        } catch (URISyntaxException e) {
            problems.add(Problem.of(place, "'" + address + "' is no address: " + e.getMessage(), "write stage:NAME?option=RAW(value)&…"));
            return new Step.Stage(place, address.substring(StageUri.SCHEME.length() + 1), Map.of());
        }
    }

    private Given given(Written written, StageUri uri) {
        List<Use> uses = Placeholders.uses(written.text());
        String fromCommandLine = uses.stream().filter(placeholders::isGiven).map(use -> "-p " + use.name()).collect(Collectors.joining(", "));
        String fromFile = uses.isEmpty() ? "pipeline file" : "pipeline file, default of {{" + uses.get(0).name() + "}}";
        return new Given(written.place(), uri.options().get(written.name()), fromCommandLine.isEmpty() ? fromFile : fromCommandLine);
    }

    /** Camel leaves an option out whose whole value is an optional placeholder without a value. */
    private boolean isLeftOut(Written option) {
        List<Use> uses = Placeholders.uses(option.text());
        return uses.size() == 1 && uses.get(0).optional() && placeholders.resolve(option.text()).equals(option.text());
    }

    private List<Written> ofQuery(Place place, String query) {
        List<Written> written = new ArrayList<>();
        for (String piece : pieces(query)) {
            int equals = piece.indexOf('=');
            if (equals <= 0) {
                problems.add(Problem.of(place, "'" + piece + "' is no option", "write option=value, and & only between options"));
            } else {
                written.add(new Written(place, piece.substring(0, equals), piece.substring(equals + 1)));
            }
        }
        return written;
    }

    /** The query cut at {@code &}, but not within {@code RAW(…)}. */
    private static List<String> pieces(String query) {
        List<String> pieces = new ArrayList<>();
        for (String part : query.split("&", -1)) {
            int last = pieces.size() - 1;
            boolean open = last >= 0 && pieces.get(last).contains("=" + RAW) && !pieces.get(last).endsWith(")");
            if (open) {
                pieces.set(last, pieces.get(last) + "&" + part);
            } else if (!part.isEmpty()) {
                pieces.add(part);
            }
        }
        return pieces;
    }

    private List<Written> ofParameters(Node map) {
        List<Written> written = new ArrayList<>();
        for (NodeTuple entry : YamlDocument.entries(map)) {
            String name = YamlDocument.text(entry.getKeyNode()).map(StringHelper::dashToCamelCase).orElse("");
            Place place = Place.of(file, entry.getKeyNode());
            Optional<String> value = YamlDocument.text(entry.getValueNode());
            if (value.isPresent()) {
                written.add(new Written(place, name, value.get()));
            } else {
                problems.add(noText(place, name, entry.getValueNode()));
            }
        }
        return written;
    }

    private static Problem noText(Place place, String name, Node value) {
        boolean bare = value instanceof MappingNode mapping
                && mapping.getValue().stream().anyMatch(tuple -> tuple.getKeyNode() instanceof MappingNode);
        if (bare) {
            return Problem.of(place, "the placeholder of '" + name + "' stands without quotes, where YAML reads it as a map",
                    "write " + name + ": \"{{…}}\"");
        }
        return Problem.of(place, "'" + name + "' is given a list or a map where an option takes a text or a number",
                "write a list as one text with commas, and options of an extension as " + name + ".option: value");
    }

    private void checkTransport(Written option) {
        boolean raw = option.text().startsWith(RAW);
        for (Use use : Placeholders.uses(option.text())) {
            if (raw && use.optional()) {
                problems.add(Problem.of(option.place(), "RAW({{?" + use.name() + "}}) is passed on as it stands when -p does not set it",
                        "write {{" + use.name() + ":default}} within RAW"));
            }
            if (!raw && placeholders.isGiven(use) && placeholders.value(use).chars().anyMatch(c -> FRAGILE.indexOf(c) >= 0)) {
                problems.add(Problem.of(option.place(),
                        "the value '" + placeholders.value(use) + "' of -p " + use.name() + " would arrive changed, for its + & % or #",
                        "write " + option.name() + "=RAW({{" + use.name() + "}}) in the pipeline"));
            }
        }
    }
}
