package io.espalier.routes;

import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.Stage;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import io.espalier.catalog.OptionException;
import io.espalier.catalog.OptionFacts;
import io.espalier.catalog.Suggestion;
import io.espalier.routes.Pipeline.CheckedStage;
import io.espalier.routes.Placeholders.Use;
import io.espalier.routes.RouteReader.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Finds everything that is wrong with a pipeline before any of it runs. */
public final class PipelineCheck {

    private final PipelineSource source;
    private final Map<String, String> parameters;
    private final Placeholders placeholders;
    private final Binder binder;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Step.Stage> written = new ArrayList<>();
    private final Map<Step.Stage, FlowCheck.Known> known = new LinkedHashMap<>();
    private final List<CheckedStage> checked = new ArrayList<>();

    private PipelineCheck(PipelineSource source, Map<String, String> parameters, Binder binder) {
        this.source = source;
        this.parameters = parameters;
        this.placeholders = new Placeholders(parameters);
        this.binder = binder;
    }

    /**
     * Checks a pipeline and binds its stages.
     *
     * @param parameters what {@code -p} gave, by name
     * @throws PipelineException naming every problem with file, line and column
     */
    public static Pipeline check(PipelineSource source, Map<String, String> parameters, Binder binder) {
        return new PipelineCheck(source, parameters, binder).check();
    }

    private Pipeline check() {
        Node root = YamlDocument.parse(source);
        YamlDocument.repeatedKeys(root).forEach(key -> problems.add(Problem.of(
                Place.of(source.file(), key), "'" + YamlDocument.text(key).orElse("") + "' stands twice in one map", "leave one of the two out")));
        checkPlaceholders(root);
        StageReader stages = new StageReader(source.file(), placeholders, problems);
        List<Route> routes = new RouteReader(source.file(), placeholders, stages, problems).read(root);
        routes.forEach(route -> collect(route.body()));
        written.forEach(this::bind);
        Optional<Route> start = start(routes);
        start.ifPresent(route -> problems.addAll(new FlowCheck(routes, known::get, binder.all(Stage.class)).check(route)));
        if (!problems.isEmpty()) {
            throw new PipelineException(problems);
        }
        return new Pipeline(source, parameters, start.map(Route::from).orElseThrow(), checked);
    }

    private void checkPlaceholders(Node root) {
        Set<String> names = new TreeSet<>();
        for (ScalarNode scalar : YamlDocument.scalars(root)) {
            for (Use use : Placeholders.uses(scalar.getValue())) {
                names.add(use.name());
                checkPlaceholder(Place.of(source.file(), scalar), use);
            }
        }
        parameters.forEach((name, value) -> checkParameter(name, value, names));
    }

    private void checkPlaceholder(Place place, Use use) {
        if (use.isFunction()) {
            problems.add(Problem.of(place, "{{" + use.name() + "…}} reads from outside the pipeline, so the same run could not be had again",
                    "use a name of your own and set it with -p NAME=value"));
        } else if (!placeholders.isMet(use)) {
            problems.add(Problem.of(place, "{{" + use.name() + "}} has no value and no default",
                    "give -p " + use.name() + "=…, or write {{" + use.name() + ":default}}"));
        }
    }

    private void checkParameter(String name, String value, Set<String> names) {
        Place place = Place.commandLine("-p " + name);
        if (!names.contains(name)) {
            problems.add(Problem.of(place, source.file() + " has no parameter '" + name + "'" + Suggestion.clause(name, names),
                    names.isEmpty() ? "it has no parameters at all" : "its parameters are " + String.join(", ", names)));
        } else if (value.contains("{{")) {
            problems.add(Problem.of(place, "a value cannot hold a placeholder: " + value, "write the value itself"));
        }
    }

    private void collect(Step step) {
        if (step instanceof Step.Stage stage) {
            written.add(stage);
        } else if (step instanceof Step.Sequence sequence) {
            sequence.steps().forEach(this::collect);
        } else if (step instanceof Step.Loop loop) {
            collect(loop.body());
            collect(loop.rest());
        } else if (step instanceof Step.Choice choice) {
            choice.ways().forEach(this::collect);
        } else if (step instanceof Step.Branches branches) {
            branches.branches().forEach(this::collect);
        } else if (step instanceof Step.Try attempt) {
            collect(attempt.body());
            attempt.catches().forEach(this::collect);
            collect(attempt.last());
        }
    }

    private void bind(Step.Stage stage) {
        known.put(stage, FlowCheck.Known.NOTHING);
        try {
            Extension extension = binder.find(Stage.class, stage.name());
            // What its options say is not known before they are bound: whatever they could give may hold.
            known.put(stage, known(extension, Set.of(needs(extension)), OptionFacts.declared(extension.options(), option -> true)));
            boolean waits = stage.options().values().stream().anyMatch(given -> !Placeholders.uses(given.text()).isEmpty());
            if (!waits) {
                bind(stage, extension);
            }
        } catch (InputException e) {
            problems.add(new Problem(stage.place(), e.getMessage()));
        }
    }

    private static String[] needs(Extension extension) {
        return extension.flow().map(Flow::needs).orElse(new String[0]);
    }

    private static FlowCheck.Known known(Extension extension, Set<String> needs, Set<String> given) {
        return new FlowCheck.Known(new TreeSet<>(needs), facts -> extension.flow().map(facts::after).orElse(facts).with(given));
    }

    /** Binding stops at the first option at fault; without that option the others are tried, so that all are named at once. */
    private void bind(Step.Stage stage, Extension extension) {
        Map<String, String> options = new LinkedHashMap<>();
        stage.options().forEach((name, given) -> options.put(name, given.text()));
        Set<String> faulty = new LinkedHashSet<>();
        while (true) {
            try {
                BoundOptions bound = binder.bind(extension, options);
                known.put(stage, known(extension, bound.needs(), bound.gives()));
                checked.add(new CheckedStage(stage.place(), bound, origins(stage)));
                return;
            } catch (OptionException e) {
                boolean followsFromAnother = !faulty.isEmpty() && !options.containsKey(e.option());
                if (!followsFromAnother) {
                    Place place = Optional.ofNullable(stage.options().get(e.option())).map(Step.Given::place).orElse(stage.place());
                    problems.add(new Problem(place, about(stage, e.getMessage())));
                }
                if (options.remove(e.option()) == null) {
                    return;
                }
                faulty.add(e.option());
            }
        }
    }

    /** A message about a value does not say whose option it is. */
    private static String about(Step.Stage stage, String message) {
        String name = "stage:" + stage.name();
        return message.startsWith(name) ? message : name + "  " + message;
    }

    private static Map<String, String> origins(Step.Stage stage) {
        return stage.options().entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().origin()));
    }

    private Optional<Route> start(List<Route> routes) {
        List<Route> named = routes.stream().filter(route -> route.id().equals(source.name())).toList();
        Place top = new Place(source.file(), 1, 1);
        if (named.isEmpty()) {
            String ids = routes.stream().map(Route::id).filter(id -> !id.isEmpty()).collect(Collectors.joining(", "));
            problems.add(Problem.of(top, "no route has the id '" + source.name() + "', the file's name",
                    ids.isEmpty() ? "write a route with id: " + source.name() : "the ids are " + ids + "; rename the file or the route to start"));
            return Optional.empty();
        }
        if (named.size() > 1) {
            problems.add(Problem.of(named.get(1).place(), "a second route has the id '" + source.name() + "'", "give it another id"));
        }
        Route start = named.get(0);
        if (!start.from().startsWith("direct:")) {
            problems.add(Problem.of(start.place(), "the route '" + start.id() + "' begins from '" + start.from() + "', which starts by itself",
                    "begin it from direct:" + start.id()));
        }
        return Optional.of(start);
    }
}
