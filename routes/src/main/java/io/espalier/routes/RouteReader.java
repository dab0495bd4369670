package io.espalier.routes;

import io.espalier.routes.Step.Branches;
import io.espalier.routes.Step.Choice;
import io.espalier.routes.Step.Loop;
import io.espalier.routes.Step.Other;
import io.espalier.routes.Step.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads the routes of a YAML document as trees of {@link Step}s; what it does not know is Camel's to judge. */
final class RouteReader {

    /** Steps that would take a stage's address from somewhere else, or run it on its own. */
    private static final Set<String> OTHER_SENDERS = Set.of("toD", "wireTap", "enrich", "pollEnrich", "poll", "recipientList", "routingSlip", "dynamicRouter");

    /** Steps around others that run them exactly once. */
    private static final Set<String> WRAPPERS = Set.of("pipeline", "step", "transacted", "policy", "saga");

    private static final Set<String> ENDS = Set.of("stop", "throwException", "rollback");

    private final String file;
    private final Placeholders placeholders;
    private final StageReader stages;
    private final List<Problem> problems;

    RouteReader(String file, Placeholders placeholders, StageReader stages, List<Problem> problems) {
        this.file = file;
        this.placeholders = placeholders;
        this.stages = stages;
        this.problems = problems;
    }

    /**
     * A route.
     *
     * @param place of its definition
     * @param id empty if it has none
     * @param from its uri
     * @param body its steps
     */
    record Route(Place place, String id, String from, Step body) {}

    List<Route> read(Node root) {
        List<Route> routes = new ArrayList<>();
        List<Node> items = root instanceof SequenceNode ? YamlDocument.items(root) : List.of(root);
        for (Node item : items) {
            for (NodeTuple entry : YamlDocument.entries(item)) {
                String key = YamlDocument.text(entry.getKeyNode()).orElse("");
                if (key.equals("route")) {
                    YamlDocument.at(entry.getValueNode(), "from").ifPresent(from -> routes.add(
                            route(Place.of(file, entry.getKeyNode()), YamlDocument.textAt(entry.getValueNode(), "id").orElse(""), from)));
                } else if (key.equals("from")) {
                    routes.add(route(Place.of(file, entry.getKeyNode()), YamlDocument.textAt(entry.getValueNode(), "id").orElse(""), entry.getValueNode()));
                } else {
                    routes.add(new Route(Place.of(file, entry.getKeyNode()), "", "", nested(entry.getValueNode())));
                }
            }
        }
        return routes;
    }

    private Route route(Place place, String id, Node from) {
        String uri = YamlDocument.textAt(from, "uri").orElse("");
        if (StageUri.is(uri)) {
            problems.add(Problem.of(place, "a route cannot begin from " + uri, "begin from direct:NAME and make the stage its first step"));
        }
        return new Route(place, id, uri, nested(from));
    }

    private Step nested(Node node) {
        return YamlDocument.at(node, "steps").map(this::sequence).orElse(new Other());
    }

    private Step sequence(Node steps) {
        return new Sequence(YamlDocument.items(steps).stream().map(this::step).toList());
    }

    private Step step(Node item) {
        List<NodeTuple> entries = YamlDocument.entries(item);
        if (entries.size() != 1) {
            return YamlDocument.text(item).filter(ENDS::contains).<Step>map(end -> new Step.End()).orElse(new Other());
        }
        String name = YamlDocument.text(entries.get(0).getKeyNode()).orElse("");
        return step(name, Place.of(file, entries.get(0).getKeyNode()), entries.get(0).getValueNode());
    }

    private Step step(String name, Place place, Node value) {
        if (OTHER_SENDERS.contains(name)) {
            return otherSender(name, place, value);
        }
        if (WRAPPERS.contains(name)) {
            return nested(value);
        }
        if (ENDS.contains(name)) {
            return new Step.End();
        }
        return switch (name) {
            case "to" -> to(value);
            case "loop" -> loop(value);
            case "choice" -> choice(value);
            case "filter" -> new Choice(List.of(nested(value)), false);
            case "multicast" -> multicast(place, value);
            case "doTry" -> doTry(value);
            default -> new Choice(List.of(nested(value)), false);
        };
    }

    private Step to(Node value) {
        Optional<Node> uri = YamlDocument.text(value).isPresent() ? Optional.of(value) : YamlDocument.at(value, "uri");
        String text = uri.flatMap(YamlDocument::text).orElse("");
        if (StageUri.is(text)) {
            return stages.read(uri.orElseThrow(), YamlDocument.at(value, "parameters"));
        }
        return text.startsWith("direct:") ? new Step.Call(text) : new Other();
    }

    private Step otherSender(String name, Place place, Node value) {
        boolean stage = YamlDocument.scalars(value).stream().anyMatch(scalar -> StageUri.is(scalar.getValue()));
        if (stage) {
            problems.add(Problem.of(place, name + " cannot send to a stage: the stage could not be checked before the run, or would run beside it",
                    "write - to: stage:NAME, and choose between stages with choice"));
        }
        return new Other();
    }

    /** A last step that is filtered by what the loop goes on for is left out in the last round alone. */
    private Step loop(Node value) {
        List<Node> steps = YamlDocument.at(value, "steps").map(YamlDocument::items).orElse(List.of());
        Optional<Node> last = steps.isEmpty() ? Optional.empty() : YamlDocument.at(steps.get(steps.size() - 1), "filter");
        Optional<Node> rest = last.filter(filter -> isWhile(value) && expression(value, "simple").equals(expression(filter, "simple")));
        List<Node> body = rest.isPresent() ? steps.subList(0, steps.size() - 1) : steps;
        return new Loop(
                new Sequence(body.stream().map(this::step).toList()), rest.map(this::nested).orElse(new Other()), isSurelyOnce(value));
    }

    private static boolean isWhile(Node loop) {
        return YamlDocument.textAt(loop, "doWhile").filter("true"::equals).isPresent() && expression(loop, "simple").isPresent();
    }

    /** A count of at least 1 runs the body; a condition may not. */
    private boolean isSurelyOnce(Node loop) {
        return expression(loop, "constant").map(placeholders::resolve).filter(text -> text.matches("0*[1-9][0-9]*")).isPresent();
    }

    private static Optional<String> expression(Node step, String language) {
        Node expression = YamlDocument.at(step, "expression").orElse(step);
        return YamlDocument.at(expression, language)
                .flatMap(text -> YamlDocument.text(text).or(() -> YamlDocument.textAt(text, "expression")))
                .map(String::strip);
    }

    private Step choice(Node value) {
        List<Step> ways = new ArrayList<>();
        YamlDocument.at(value, "when").ifPresent(when -> YamlDocument.items(when).forEach(way -> ways.add(nested(way))));
        Optional<Node> otherwise = YamlDocument.at(value, "otherwise");
        otherwise.ifPresent(way -> ways.add(nested(way)));
        return new Choice(ways, otherwise.isPresent());
    }

    private Step multicast(Place place, Node value) {
        if (YamlDocument.textAt(value, "parallelProcessing").filter("true"::equals).isPresent()) {
            problems.add(Problem.of(place, "parallelProcessing cannot be had: a stage already uses every core, and branches at the same time would not give the same bits twice",
                    "leave parallelProcessing out; the branches run one after another"));
        }
        return new Branches(YamlDocument.at(value, "steps").map(steps -> YamlDocument.items(steps).stream().map(this::step).toList()).orElse(List.of()));
    }

    private Step doTry(Node value) {
        List<Step> catches = new ArrayList<>();
        YamlDocument.at(value, "doCatch").ifPresent(doCatch -> YamlDocument.items(doCatch).forEach(way -> catches.add(nested(way))));
        Step last = YamlDocument.at(value, "doFinally").map(this::nested).orElse(new Other());
        return new Step.Try(nested(value), catches, last);
    }
}
