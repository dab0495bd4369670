package io.espalier.routes;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** A YAML file as nodes that know their places. */
final class YamlDocument {

    private static final String MEND = "look at the indentation, the quotes and the colons there and just above";

    private YamlDocument() {}

    /** @throws PipelineException when it does not parse, or holds nothing */
    static Node parse(PipelineSource source) {
        LoadSettings settings = LoadSettings.builder().setLabel(source.file()).setAllowNonScalarKeys(true).build();
        try {
            StreamReader reader = new StreamReader(settings, source.text());
            return new Composer(settings, new ParserImpl(settings, reader))
                    .getSingleNode()
                    .orElseThrow(() -> failure(new Place(source.file(), 1, 1), "the file is empty", "a pipeline holds at least one route"));
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            Place place = mark.map(m -> Place.of(source.file(), m)).orElse(new Place(source.file(), 1, 1));
            throw failure(place, "this is no YAML: " + e.getProblem(), MEND);
        } catch (YamlEngineException e) {
            throw failure(new Place(source.file(), 1, 1), "this is no YAML: " + e.getMessage(), MEND);
        }
    }

    private static PipelineException failure(Place place, String what, String mend) {
        return new PipelineException(List.of(Problem.of(place, what, mend)));
    }

    /** Every scalar value and key in it. */
    static List<ScalarNode> scalars(Node node) {
        List<ScalarNode> found = new ArrayList<>();
        collect(node, found);
        return found;
    }

    private static void collect(Node node, List<ScalarNode> found) {
        if (node instanceof ScalarNode scalar) {
            found.add(scalar);
        } else if (node instanceof SequenceNode sequence) {
            sequence.getValue().forEach(child -> collect(child, found));
        } else if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(tuple -> {
                collect(tuple.getKeyNode(), found);
                collect(tuple.getValueNode(), found);
            });
        }
    }

    /** Keys written twice in one mapping, of which Camel would take the last without a word. */
    static List<Node> repeatedKeys(Node node) {
        List<Node> repeated = new ArrayList<>();
        if (node instanceof SequenceNode sequence) {
            sequence.getValue().forEach(child -> repeated.addAll(repeatedKeys(child)));
        } else if (node instanceof MappingNode mapping) {
            Set<String> keys = new HashSet<>();
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key && !keys.add(key.getValue())) {
                    repeated.add(key);
                }
                repeated.addAll(repeatedKeys(tuple.getValueNode()));
            }
        }
        return repeated;
    }

    /** What a mapping holds under a key. */
    static Optional<Node> at(Node node, String key) {
        if (!(node instanceof MappingNode mapping)) {
            return Optional.empty();
        }
        return mapping.getValue().stream()
                .filter(tuple -> text(tuple.getKeyNode()).filter(key::equals).isPresent())
                .map(NodeTuple::getValueNode)
                .findFirst();
    }

    static Optional<String> textAt(Node node, String key) {
        return at(node, key).flatMap(YamlDocument::text);
    }

    static Optional<String> text(Node node) {
        return node instanceof ScalarNode scalar ? Optional.of(scalar.getValue()) : Optional.empty();
    }

    static List<NodeTuple> entries(Node node) {
        return node instanceof MappingNode mapping ? mapping.getValue() : List.of();
    }

    static List<Node> items(Node node) {
        return node instanceof SequenceNode sequence ? sequence.getValue() : List.of();
    }
}
