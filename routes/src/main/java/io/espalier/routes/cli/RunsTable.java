package io.espalier.routes.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.api.InputException;
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
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Puts the finished runs of a folder into one table, seeds together. */
@Command(name = "table", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
        description = "A Markdown table of the finished runs in a folder: parameters removed against test accuracy, mean and standard"
                + " deviation over seeds.")
final class RunsTable implements Callable<Integer> {

    private static final String PRUNED = "pruned";

    @Spec
    private CommandSpec spec;

    @Option(names = "--run-dir", paramLabel = "DIR", defaultValue = "runs", description = "Folder of runs (default: runs).")
    private Path parent;

    /** Runs that differ in their seed alone. */
    private record Group(String pipeline, Map<String, String> parameters) {}

    /** One network of one run, measured on the test set. */
    private record Measured(double removed, double accuracy) {}

    @Override
    public Integer call() {
        Map<Group, Map<String, List<Measured>>> groups = new LinkedHashMap<>();
        for (Path directory : RunDirectory.directories(parent)) {
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
            Group group = new Group(run.pipeline(), new TreeMap<>(run.description().parameters()));
            Map<String, List<Measured>> networks = groups.computeIfAbsent(group, g -> new LinkedHashMap<>());
            measured(run).forEach((name, one) -> networks.computeIfAbsent(name, n -> new ArrayList<>()).add(one));
        }
    }

    /** Of a stage that ran twice, as after a resume, the last word counts. */
    private static Map<String, Measured> measured(RunDirectory run) {
        Map<String, Measured> networks = new LinkedHashMap<>();
        long loaded = 0;
        for (Journal.Event event : Journal.read(run.directory())) {
            JsonNode details = event.details();
            if (event.type().equals("network")) {
                loaded = details.path("parameters").asLong();
            } else if (event.type().equals("metrics") && details.path("split").asText().equals("test")) {
                String name = details.path("name").asText();
                int dot = name.indexOf('.');
                double removed = 1 - details.path("parameters").asDouble() / loaded;
                networks.put(dot < 0 ? PRUNED : name.substring(dot + 1), new Measured(removed, details.path("metrics").path("accuracy").asDouble()));
            }
        }
        return networks;
    }

    private static void print(Map<Group, Map<String, List<Measured>>> groups, PrintWriter out) {
        out.println("| pipeline | network | parameters removed, % | test accuracy, % | seeds |");
        out.println("|---|---|--:|--:|--:|");
        groups.forEach((group, networks) -> networks.forEach((name, all) -> out.println(String.format(Locale.ROOT,
                "| %s | %s | %s | %s | %d |", group.pipeline(), name,
                spread(all.stream().mapToDouble(Measured::removed).toArray()),
                spread(all.stream().mapToDouble(Measured::accuracy).toArray()), all.size()))));
        groups.keySet().forEach(group -> out.println("\n`" + group.pipeline() + "`: " + group.parameters()));
    }

    /** Mean and, of several, the standard deviation of the sample; in percent. */
    private static String spread(double[] shares) {
        double mean = Arrays.stream(shares).average().orElse(Double.NaN);
        if (shares.length == 1) {
            return String.format(Locale.ROOT, "%.1f", 100 * mean);
        }
        double squares = Arrays.stream(shares).map(share -> (share - mean) * (share - mean)).sum();
        return String.format(Locale.ROOT, "%.1f ± %.1f", 100 * mean, 100 * Math.sqrt(squares / (shares.length - 1)));
    }
}
