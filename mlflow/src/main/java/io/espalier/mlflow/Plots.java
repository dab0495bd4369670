package io.espalier.mlflow;

import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Drawings of what a run came to, for people who do not want to choose axes. */
final class Plots {

    private static final String ACCURACY = "accuracy.validation";
    private static final String REDUCTION = "reduction.parameters";

    private Plots() {}

    /** Whether text can be drawn: a bare Java on a machine without fonts cannot. */
    static boolean areFontsThere() {
        try {
            var g = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB).createGraphics();
            g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
            g.drawString("1", 0, 8);
            g.dispose();
            return true;
        } catch (RuntimeException | LinkageError | InternalError e) {
            // What Java throws for missing fonts differs from version to version.
            return false;
        }
    }

    /** PNG files by name; a run that has too few values for a drawing has none of it. */
    static Map<String, Content> of(List<Page> pages) {
        Map<String, Chart> charts = new LinkedHashMap<>();
        pruning(pages, charts);
        ranks(pages.get(0), charts);
        training(pages.get(0), charts);
        Map<String, Content> files = new LinkedHashMap<>();
        if (!charts.isEmpty() && areFontsThere()) {
            charts.forEach((name, chart) -> files.put(name, new Content.Made(chart.png())));
        }
        return files;
    }

    /** Accuracy of each round against what it had removed; the last value of a round counts. */
    private static void pruning(List<Page> pages, Map<String, Chart> charts) {
        List<Chart.Series> series = new ArrayList<>();
        for (Page page : pages) {
            Map<Long, Double> accuracy = firstBySteps(page, ACCURACY);
            Map<Long, Double> reduction = firstBySteps(page, REDUCTION);
            List<Long> rounds = accuracy.keySet().stream().filter(reduction::containsKey).toList();
            if (rounds.size() > (page == pages.get(0) ? 1 : 0)) {
                series.add(new Chart.Series(
                        page.tags().getOrDefault("espalier.branch", "validation"),
                        rounds.stream().mapToDouble(r -> 100 * reduction.get(r)).toArray(),
                        rounds.stream().mapToDouble(r -> 100 * accuracy.get(r)).toArray()));
            }
        }
        if (!series.isEmpty()) {
            charts.put("accuracy-by-reduction.png", new Chart(
                    "Accuracy on validation by parameters removed", "parameters removed, %", "accuracy, %", series, List.of()));
        }
    }

    /** A round that was rolled back has a second, later value; the first is what was measured. */
    private static Map<Long, Double> firstBySteps(Page page, String key) {
        Map<Long, Double> values = new TreeMap<>();
        page.points().getOrDefault(key, Set.of()).forEach(point -> values.putIfAbsent(point.step(), point.value()));
        return values;
    }

    private static void ranks(Page page, Map<String, Chart> charts) {
        List<String> keys = page.points().keySet().stream().filter(key -> key.startsWith("rank/")).toList();
        if (keys.isEmpty()) {
            return;
        }
        double[] x = new double[keys.size()];
        double[] first = new double[keys.size()];
        double[] last = new double[keys.size()];
        for (int i = 0; i < x.length; i++) {
            List<Point> points = page.points().get(keys.get(i)).stream().sorted(Comparator.comparingLong(Point::step).thenComparingLong(Point::time)).toList();
            x[i] = i;
            first[i] = points.get(0).value();
            last[i] = points.get(points.size() - 1).value();
        }
        List<String> labels = keys.stream().map(key -> key.substring("rank/".length())).toList();
        charts.put("ranks.png", new Chart("Basis vectors of each layer", "layer", "basis vectors",
                List.of(new Chart.Series("at first", x, first), new Chart.Series("in the end", x, last)), labels));
    }

    private static void training(Page page, Map<String, Chart> charts) {
        List<Chart.Series> series = new ArrayList<>();
        for (String name : List.of("loss.train", "loss.validation")) {
            Map<Long, Double> values = firstBySteps(page, "epoch/" + name);
            if (values.size() > 1) {
                series.add(new Chart.Series(
                        name.substring("loss.".length()),
                        values.keySet().stream().mapToDouble(Long::doubleValue).toArray(),
                        values.values().stream().mapToDouble(Double::doubleValue).toArray()));
            }
        }
        if (!series.isEmpty()) {
            charts.put("loss.png", new Chart("Loss by epoch", "epoch", "loss", series, List.of()));
        }
    }
}
