package io.espalier.routes.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.routes.cli.Summary.NetworkSummary;
import io.espalier.run.Journal;
import io.espalier.run.RunDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Puts the finished runs of a folder into one table, seeds together. */
@Command(name = "table", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
        description = "A Markdown table of the finished runs in a folder: parameters and FLOPs removed against test accuracy and latency, mean"
                + " and standard deviation over seeds.")
final class RunsTable implements Callable<Integer> {

    private static final String UNKNOWN = "–";

    @Spec
    private CommandSpec spec;

    @Option(names = "--run-dir", paramLabel = "DIR", defaultValue = "runs", description = "Folder of runs, or of folders of runs (default: runs).")
    private Path parent;

    /**
     * Runs that differ in their seed alone.
     *
     * @param settings the parameters that were given, and with what engine and precision
     */
    private record Group(String pipeline, Map<String, String> settings) {

        static Group of(RunDirectory run) {
            Map<String, String> settings = new TreeMap<>(run.description().parameters());
            settings.put("--engine", run.description().engine());
            settings.put("--precision", run.description().precision());
            return new Group(run.pipeline(), settings);
        }
    }

    /**
     * One network of one run, measured on the test set.
     *
     * @param removed share of the parameters of the network as loaded
     * @param loaded what the summary says of the network as loaded; null where there is none
     * @param pruned what it says of this one; null where it says nothing, as those of older versions of networks on the way
     */
    private record Measured(double removed, double accuracy, NetworkSummary loaded, NetworkSummary pruned) {

        boolean isCosted() {
            return Stream.of(Optional.ofNullable(loaded), Optional.ofNullable(pruned))
                    .allMatch(network -> network.isPresent() && network.get().latencyMs() != null
                            && network.get().latencyMs().keySet().containsAll(List.of("1", "32")));
        }

        double fewerFlops() {
            return (double) loaded.flops() / pruned.flops();
        }
    }

    @Override
    public Integer call() {
        Map<Group, Map<String, List<Measured>>> groups = new LinkedHashMap<>();
        for (Path directory : RunDirectory.directoriesWithin(parent)) {
            try {
                add(RunDirectory.of(directory), groups);
            } catch (InputException e) {
                // One damaged run must not hide the others, but nobody should take the table for the whole.
                spec.commandLine().getErr().println("left out: " + e.getMessage());
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        print(groups, out);
        out.flush();
        return 0;
    }

    private static void add(RunDirectory run, Map<Group, Map<String, List<Measured>>> groups) {
        if (run.status() == RunDirectory.Status.FINISHED) {
            Map<String, List<Measured>> networks = groups.computeIfAbsent(Group.of(run), g -> new LinkedHashMap<>());
            measured(run).forEach((name, one) -> networks.computeIfAbsent(name, n -> new ArrayList<>()).add(one));
        }
    }

    /** Of a stage that ran twice, as after a resume, the last word counts. */
    private static Map<String, Measured> measured(RunDirectory run) {
        Map<String, NetworkSummary> summarised = summarised(run);
        Map<String, Measured> networks = new LinkedHashMap<>();
        long loaded = 0;
        for (Journal.Event event : Journal.read(run.directory())) {
            JsonNode details = event.details();
            if (event.type().equals("network")) {
                loaded = details.path("parameters").asLong();
            } else if (event.type().equals("metrics") && details.path("split").asText().equals("test")) {
                String name = details.path("name").asText();
                int dot = name.indexOf('.');
                String network = dot < 0 ? Candidate.PRUNED : name.substring(dot + 1);
                networks.put(network, new Measured(
                        1 - details.path("parameters").asDouble() / loaded, details.path("metrics").path("accuracy").asDouble(),
                        summarised.get(Candidate.LOADED), summarised.get(network)));
            }
        }
        return networks;
    }

    private static Map<String, NetworkSummary> summarised(RunDirectory run) {
        Map<String, NetworkSummary> networks = new LinkedHashMap<>();
        Summary.read(run.directory()).ifPresent(summary -> {
            networks.putAll(summary.marks());
            networks.put(Candidate.LOADED, summary.loaded());
            networks.put(Candidate.SCALED, summary.scaled());
            networks.put(Candidate.PRUNED, summary.pruned());
        });
        return networks;
    }

    private static void print(Map<Group, Map<String, List<Measured>>> groups, PrintWriter out) {
        out.println("| pipeline | network | parameters removed, % | FLOPs removed, % | FLOPs, times fewer | test accuracy, % | batch 1, ms (p95)"
                + " | batch 32, ms (p95) | seeds |");
        out.println("|---|---|" + "--:|".repeat(7));
        groups.forEach((group, networks) -> networks.forEach((name, all) -> out.println(row(label(group, groups.keySet()), name, all))));
        groups.keySet().forEach(group -> out.println("\n`" + group.pipeline() + "`: " + group.settings()));
    }

    /** The pipeline, with what tells the group from others of the same pipeline. */
    private static String label(Group group, Set<Group> groups) {
        List<Map<String, String>> alike =
                groups.stream().filter(other -> other.pipeline().equals(group.pipeline())).map(Group::settings).toList();
        String own = alike.stream().flatMap(settings -> settings.keySet().stream()).distinct().sorted()
                .filter(key -> alike.stream().map(settings -> settings.get(key)).distinct().count() > 1)
                .map(key -> group.settings().containsKey(key) ? key + "=" + group.settings().get(key) : key + " not given")
                .collect(Collectors.joining(", "));
        return own.isEmpty() ? group.pipeline() : group.pipeline() + " (" + own + ")";
    }

    private static String row(String label, String name, List<Measured> all) {
        boolean costed = all.stream().allMatch(Measured::isCosted);
        return String.format(Locale.ROOT, "| %s | %s | %s | %s | %s | %s | %s | %s | %d |", label, name,
                spread(all, one -> 100 * one.removed()),
                costed ? spread(all, one -> 100 - 100 / one.fewerFlops()) : UNKNOWN,
                costed ? spread(all, Measured::fewerFlops) : UNKNOWN,
                spread(all, one -> 100 * one.accuracy()),
                costed ? latency(all, "1") : UNKNOWN, costed ? latency(all, "32") : UNKNOWN, all.size());
    }

    /** Median and p95 before and after, means over the runs. */
    private static String latency(List<Measured> all, String batch) {
        return latency(all, Measured::loaded, batch) + " → " + latency(all, Measured::pruned, batch);
    }

    private static String latency(List<Measured> all, Function<Measured, NetworkSummary> which, String batch) {
        List<Measures.Latency> measured = all.stream().map(which).map(network -> network.latencyMs().get(batch)).toList();
        return String.format(Locale.ROOT, "%.2f (%.2f)", measured.stream().mapToDouble(Measures.Latency::median).average().orElseThrow(),
                measured.stream().mapToDouble(Measures.Latency::p95).average().orElseThrow());
    }

    /** Mean and, of several, the standard deviation of the sample. */
    private static String spread(List<Measured> all, ToDoubleFunction<Measured> number) {
        double[] numbers = all.stream().mapToDouble(number).toArray();
        double mean = Arrays.stream(numbers).average().orElse(Double.NaN);
        if (numbers.length == 1) {
            return String.format(Locale.ROOT, "%.1f", mean);
        }
        double squares = Arrays.stream(numbers).map(one -> (one - mean) * (one - mean)).sum();
        return String.format(Locale.ROOT, "%.1f ± %.1f", mean, Math.sqrt(squares / (numbers.length - 1)));
    }
}
