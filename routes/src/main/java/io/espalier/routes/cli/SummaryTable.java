package io.espalier.routes.cli;

import io.espalier.routes.cli.Summary.NetworkSummary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;

/** A summary as a table for people. */
final class SummaryTable {

    private static final String UNKNOWN = "-";

    private SummaryTable() {}

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
        List<NetworkSummary> networks = Arrays.asList(summary.loaded(), summary.scaled(), summary.pruned());
        List<String> lines = new ArrayList<>();
        lines.add(row("", List.of("loaded", "scaled", "pruned")));
        lines.add(row("parameters", networks, n -> count(n.parameters())));
        lines.add(row("FLOPs per image", networks, n -> count(n.flops())));
        lines.add(row("size on disk", networks, n -> bytes(n.bytes())));
        lines.add(row("test accuracy", networks, n -> share(n.accuracy())));
        lines.add(row("balanced accuracy", networks, n -> share(n.balancedAccuracy())));
        lines.add(row("AUC", networks, n -> n.auc() == null ? UNKNOWN : format("%.4f", n.auc())));
        for (String batch : batches(networks)) {
            lines.add(row("latency, batch " + batch + ", median", networks, n -> milliseconds(n, batch, Measures.Latency::median)));
            lines.add(row("latency, batch " + batch + ", p95", networks, n -> milliseconds(n, batch, Measures.Latency::p95)));
        }
        lines.add("");
        lines.add("Parameters removed, relative to the network as loaded: " + share(summary.achievedReduction())
                + (summary.requestedReduction() == null ? "" : " (requested " + share(summary.requestedReduction()) + ")"));
        lines.add("The test set was read " + (summary.testReads() == 1 ? "once." : summary.testReads() + " times."));
        if (summary.data() != null && !summary.data().isBlank()) {
            lines.add(summary.data());
        }
        return lines;
    }

    private static List<String> batches(List<NetworkSummary> networks) {
        return networks.stream().filter(Objects::nonNull).flatMap(n -> n.latencyMs().keySet().stream()).distinct().toList();
    }

    private static String row(String label, List<NetworkSummary> networks, Function<NetworkSummary, String> cell) {
        return row(label, networks.stream().map(n -> n == null ? UNKNOWN : cell.apply(n)).toList());
    }

    private static String row(String label, List<String> cells) {
        StringBuilder row = new StringBuilder(format("%-26s", label));
        cells.forEach(cell -> row.append(format("%16s", cell)));
        return row.toString().stripTrailing();
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

    private static String milliseconds(NetworkSummary network, String batch, Function<Measures.Latency, Double> value) {
        Measures.Latency latency = network.latencyMs().get(batch);
        return latency == null ? UNKNOWN : format("%.2f ms", value.apply(latency));
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
