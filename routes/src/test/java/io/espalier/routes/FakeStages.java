package io.espalier.routes;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionDescription;
import io.espalier.catalog.PluginOrigin;
import io.espalier.catalog.Range;
import io.espalier.catalog.OptionException;
import io.espalier.catalog.OptionFacts;
import io.espalier.network.Network;
import io.espalier.run.StageResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** Stages that do nothing but say what they need and give, and remember that they were called. */
public final class FakeStages implements Binder, Performer {

    @Flow(gives = {"loaded", "plain", "milestone:loaded"})
    private static final class Load {}

    @Flow(needs = {"loaded", "plain"}, gives = {"decomposed", "factors"}, takes = {"plain", "trained", "evaluated"})
    private static final class Decompose {}

    @Flow(needs = {"loaded", "factors"}, gives = {"trained", "milestone:scaled"}, takes = "evaluated")
    private static final class TrainScalings {}

    @Flow(needs = {"loaded", "decomposed"}, takes = {"trained", "evaluated"})
    private static final class Threshold {}

    @Flow(needs = {"loaded", "plain"}, takes = {"trained", "evaluated"})
    private static final class Train {}

    @Flow(needs = "loaded", gives = "evaluated")
    private static final class Evaluate {}

    @Flow(needs = {"loaded", "evaluated"})
    private static final class Guard {}

    @Flow(needs = "loaded", gives = "plain", takes = {"decomposed", "scaled", "factors", "trained"})
    private static final class Fold {}

    @Flow(needs = {"loaded", "plain"})
    private static final class Export {}

    @Flow(needs = "loaded", gives = {"decomposed", "factors"}, takes = {"plain", "scaled", "trained", "evaluated"})
    private static final class DoublePrune {}

    @Flow(needs = {"loaded", "plain"}, gives = {"scaled", "factors"}, takes = {"plain", "trained"})
    private static final class InsertScalings {}

    @Flow(needs = {"loaded", "scaled"}, takes = {"trained", "evaluated"})
    private static final class SelectChannels {}

    /** Options that name networks, of whichever stage. */
    private record Networks(
            @Option(doc = "keeps", gives = "milestone:*") Optional<String> milestone,
            @Option(doc = "keeps each", gives = "milestone:at-*") List<String> marks,
            @Option(doc = "asks", needs = "milestone:*") Optional<String> teacher) {

        private static Networks of(Map<String, String> given) {
            List<String> marks = Arrays.stream(given.getOrDefault("marks", "").split(",")).filter(mark -> !mark.isEmpty()).toList();
            return new Networks(Optional.ofNullable(given.get("milestone")), marks, Optional.ofNullable(given.get("teacher")));
        }
    }

    /** Any number of options of any name. */
    private static final Set<String> ANY = Set.of("*");

    private static final OptionDescription.Shape TEXT = new OptionDescription.Shape(
            OptionDescription.Kind.TEXT, false, List.of(), Optional.empty(), new Range(Double.NEGATIVE_INFINITY, true, Double.POSITIVE_INFINITY, true));

    private static final Extension.Plugin PLUGIN =
            new Extension.Plugin("fake", "1.0.0", Path.of("fake-1.0.0.jar"), PluginOrigin.GIVEN, "00", "stages that do nothing");

    private final Map<String, Extension> extensions = new LinkedHashMap<>();
    private final Map<String, Set<String>> options = new HashMap<>();
    private final Map<String, Function<Call, Map<String, Object>>> effects = new HashMap<>();
    private final List<Call> calls = new ArrayList<>();
    private Network network;
    private Map<String, Double> metrics = Map.of();

    /** A call of a stage. */
    public record Call(String stage, Map<String, String> options, String place, String branch, int lineage) {}

    public FakeStages() {
        add("load", Load.class, ANY);
        add("decompose", Decompose.class, Set.of("method", "basis", "batchNorm", "energy", "images"));
        add("train-scalings", TrainScalings.class, ANY);
        add("threshold", Threshold.class, Set.of("criterion", "fraction", "of", "scope", "costExponent", "floor", "multiple", "whenEmpty"));
        add("double-prune", DoublePrune.class, ANY);
        add("evaluate", Evaluate.class, Set.of("split", "as", "milestone"));
        add("guard", Guard.class, Set.of("metric", "maxDrop", "target", "marks", "relativeTo", "retries"));
        add("fold", Fold.class, Set.of());
        add("export", Export.class, Set.of("format", "name"));
        add("insert-scalings", InsertScalings.class, Set.of());
        add("select-channels", SelectChannels.class, Set.of("below", "floor", "multiple", "whenEmpty"));
        add("train", Train.class, ANY);
        add("note", Object.class, ANY);
    }

    private void add(String name, Class<?> type, Set<String> known) {
        extensions.put(name, new Extension(
                Stage.class, name, "fake " + name, name, Networks.class, Optional.ofNullable(type.getAnnotation(Flow.class)), PLUGIN));
        options.put(name, known);
    }

    /** What variables a stage sets when it is called. */
    public FakeStages when(String stage, Function<Call, Map<String, Object>> effect) {
        effects.put(stage, effect);
        return this;
    }

    /** What the candidates hold: the network also stands for the milestones. */
    public FakeStages holding(Network network, Map<String, Double> metrics) {
        this.network = network;
        this.metrics = metrics;
        return this;
    }

    public List<Call> calls() {
        return calls;
    }

    public List<String> called() {
        return calls.stream().map(Call::stage).toList();
    }

    @Override
    public StageResult perform(BoundOptions stage, Candidate candidate, String place, String branch) {
        List<Candidate.Step> before = candidate.isNone() ? List.of() : candidate.lineage();
        Call call = new Call(stage.extension().name(), stage.asText(), place, branch, before.size());
        calls.add(call);
        Map<String, Object> variables = effects.getOrDefault(call.stage(), c -> Map.of()).apply(call);
        List<Candidate.Step> lineage = Stream.concat(before.stream(), Stream.of(new Candidate.Step(call.stage(), call.options()))).toList();
        Candidate next = Candidate.of(new Candidate.Content(network, null, metrics, Map.of(), milestones(), lineage, Optional.empty()));
        return new StageResult(next, "digest", variables, Map.of());
    }

    private Map<String, Network> milestones() {
        return network == null ? Map.of() : Map.of(Candidate.LOADED, network, Candidate.SCALED, network);
    }

    @Override
    public Extension find(Class<?> point, String name) {
        return Optional.ofNullable(extensions.get(name)).orElseThrow(() -> new InputException("there is no stage '" + name + "'\n    did you mean …?"));
    }

    @Override
    public BoundOptions bind(Extension extension, Map<String, String> given) {
        Set<String> known = options.get(extension.name());
        given.keySet().stream().sorted().filter(name -> known != ANY && !known.contains(name)).findFirst().ifPresent(name -> {
            throw new OptionException(name, "stage:" + extension.name() + " has no option '" + name + "'\n    it has " + known.stream().sorted().toList());
        });
        if ("2".equals(given.get("fraction"))) {
            throw new OptionException("fraction", "fraction=2 is out of range: 0 < fraction < 1");
        }
        List<BoundOptions.Entry> entries = given.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> new BoundOptions.Entry(e.getKey(), e.getValue(), e.getValue(), true))
                .toList();
        Set<String> needs = new TreeSet<>(extension.flow().map(flow -> Set.of(flow.needs())).orElse(Set.of()));
        Networks networks = Networks.of(given);
        needs.addAll(OptionFacts.needed(networks));
        return new BoundOptions(extension, networks, entries, needs, List.of(extension));
    }

    @Override
    public List<Extension> all(Class<?> point) {
        return point == Stage.class ? List.copyOf(extensions.values()) : List.of();
    }

    @Override
    public List<Extension> all() {
        return List.copyOf(extensions.values());
    }

    @Override
    public List<Extension.Plugin> plugins() {
        return List.of(PLUGIN);
    }

    @Override
    public List<OptionDescription> describe(Extension extension) {
        return options.get(extension.name()).stream()
                .map(name -> new OptionDescription(name, "text", "an option", Optional.of("none"), false, "", TEXT))
                .toList();
    }

    @Override
    public void close() {}
}
