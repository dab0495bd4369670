package io.espalier.routes.cli;

import io.espalier.routes.cli.Summary.NetworkSummary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;

/** A summary as a table for people. */
final class SummaryTable {

    private static final String UNKNOWN = "-";

    private static final String LOADED = "loaded";
    private static final String PRUNED = "pruned";
    private static final String RATIO = "loaded / pruned";

    /** By name, without those that the pipeline never made. */
    private final Map<String, NetworkSummary> networks = new LinkedHashMap<>();

    private SummaryTable(Summary summary) {
        Optional.ofNullable(summary.loaded()).ifPresent(n -> networks.put(LOADED, n));
        Optional.ofNullable(summary.scaled()).ifPresent(n -> networks.put("scaled", n));
        if (!isOne(summary)) {
            networks.put(PRUNED, summary.pruned());
        }
    }

    /** Whether there was nothing but one network, which the pipeline evaluated or wrote. */
    private static boolean isOne(Summary summary) {
        return summary.achievedReduction() == null && summary.scaled() == null && summary.pruned().equals(summary.loaded());
    }

    /** The main numbers in one line; empty when there are none. */
    static String line(Summary summary) {
        List<String> numbers = new ArrayList<>();
        if (summary.achievedReduction() != null) {
            numbers.add(share(summary.achievedReduction()) + " removed");
        }
        if (summary.pruned() != null && summary.pruned().accuracy() != null) {
            numbers.add("test accuracy " + share(summary.pruned().accuracy()));
        }
        return String.join(", ", numbers);
    }

    static List<String> lines(Summary summary) {
        SummaryTable table = new SummaryTable(summary);
        List<String> lines = new ArrayList<>(table.rows());
        lines.add("");
        if (summary.achievedReduction() != null) {
            lines.add("Parameters removed, relative to the network as loaded: " + share(summary.achievedReduction())
                    + (summary.requestedReduction() == null ? "" : " (requested " + share(summary.requestedReduction()) + ")"));
        }
        if (table.networks.values().stream().anyMatch(network -> network.bf16Accuracy() != null)) {
            lines.add("Latencies are those of bf16; accuracies are float32's where nothing else is said.");
        }
        String note = summary.data() == null || summary.data().isBlank() ? "" : " " + sentence(summary.data());
        lines.add(reads(summary.testReads()) + note);
        return lines;
    }

    private static String reads(int count) {
        return switch (count) {
            case 0 -> "No test set was read.";
            case 1 -> "The test set was read once.";
            default -> "The test set was read " + count + " times.";
        };
    }

    private static String sentence(String note) {
        return Character.toUpperCase(note.charAt(0)) + note.substring(1) + (note.endsWith(".") ? "" : ".");
    }

    private List<String> rows() {
        List<String> rows = new ArrayList<>();
        rows.add(row("", networks.keySet().stream().toList(), isSmaller() ? RATIO : ""));
        cost(rows, "parameters", NetworkSummary::parameters, SummaryTable::count);
        cost(rows, "FLOPs per image", NetworkSummary::flops, SummaryTable::count);
        cost(rows, "size on disk", NetworkSummary::bytes, SummaryTable::bytes);
        measure(rows, "test accuracy", NetworkSummary::accuracy, SummaryTable::share);
        measure(rows, "test accuracy in bf16", NetworkSummary::bf16Accuracy, SummaryTable::share);
        measure(rows, "balanced accuracy", NetworkSummary::balancedAccuracy, SummaryTable::share);
        measure(rows, "AUC", NetworkSummary::auc, auc -> format("%.4f", auc));
        for (String batch : networks.values().stream().flatMap(n -> n.latencyMs().keySet().stream()).distinct().toList()) {
            latency(rows, "latency, batch " + batch + ", median", batch, Measures.Latency::median);
            latency(rows, "latency, batch " + batch + ", p95", batch, Measures.Latency::p95);
        }
        return rows;
    }

    private void cost(List<String> rows, String label, ToLongFunction<NetworkSummary> value, LongFunction<String> text) {
        rows.add(row(
                label, networks.values().stream().map(n -> text.apply(value.applyAsLong(n))).toList(), ratio(n -> (double) value.applyAsLong(n))));
    }

    private void measure(List<String> rows, String label, Function<NetworkSummary, Double> value, Function<Double, String> text) {
        if (networks.values().stream().map(value).anyMatch(Objects::nonNull)) {
            rows.add(row(label, cells(value, text), ""));
        }
    }

    private void latency(List<String> rows, String label, String batch, Function<Measures.Latency, Double> value) {
        Function<NetworkSummary, Double> milliseconds = n -> Optional.ofNullable(n.latencyMs().get(batch)).map(value).orElse(null);
        rows.add(row(label, cells(milliseconds, ms -> format("%.2f ms", ms)), ratio(milliseconds)));
    }

    private List<String> cells(Function<NetworkSummary, Double> value, Function<Double, String> text) {
        return networks.values().stream().map(value).map(v -> v == null ? UNKNOWN : text.apply(v)).toList();
    }

    private boolean isSmaller() {
        NetworkSummary loaded = networks.get(LOADED);
        NetworkSummary pruned = networks.get(PRUNED);
        return loaded != null && pruned != null && loaded.parameters() > pruned.parameters();
    }

    /** How many times the pruned network's value the loaded one's is. */
    private String ratio(Function<NetworkSummary, Double> value) {
        if (!isSmaller()) {
            return "";
        }
        Double loaded = value.apply(networks.get(LOADED));
        Double pruned = value.apply(networks.get(PRUNED));
        return loaded == null || pruned == null || pruned == 0 ? "" : format("%.1fx", loaded / pruned);
    }

    private static String row(String label, List<String> cells, String ratio) {
        StringBuilder row = new StringBuilder(format("%-26s", label));
        cells.forEach(cell -> row.append(format("%16s", cell)));
        return row.append(format("%16s", ratio)).toString().stripTrailing();
    }

    private static String count(long count) {
        return format("%,d", count);
    }

    private static String share(Double share) {
        return share == null ? UNKNOWN : format("%.2f %%", 100 * share);
    }

    static String bytes(long bytes) {
        return bytes < 1_000_000 ? format("%.1f kB", bytes / 1e3) : bytes < 1_000_000_000 ? format("%.2f MB", bytes / 1e6) : format("%.1f GB", bytes / 1e9);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
