package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.routes.cli.Summary.NetworkSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RunsTableTest {

    private static final NetworkSummary LOADED = network(1000, 8000, 4, 16);

    @TempDir
    Path runs;

    private static NetworkSummary network(long parameters, long flops, double one, double many) {
        return new NetworkSummary(parameters, flops, 4 * parameters, null, null, null, null, null, Map.of(
                "1", new Measures.Latency(one, one + 1), "32", new Measures.Latency(many, many + 1)));
    }

    /** A finished run: half of the parameters gone at a mark, three quarters in the end. */
    private void run(int seed, double accuracy, Summary summary) throws IOException {
        run(seed, 2, accuracy, summary);
    }

    private void run(int seed, int rounds, double accuracy, Summary summary) throws IOException {
        run(seed, ", \"rounds\": \"" + rounds + "\"", accuracy, summary);
    }

    private void run(int seed, String rounds, double accuracy, Summary summary) throws IOException {
        run(seed, rounds, "float32", accuracy, summary);
    }

    private void run(int seed, String rounds, String precision, double accuracy, Summary summary) throws IOException {
        Path run = Files.createTempDirectory(Files.createDirectories(runs.resolve("seed").resolve(String.valueOf(seed))), "run-");
        Files.writeString(run.resolve("run.json"), """
                {"pipeline": "small", "text": "", "parameters": {"epochs": "1"%s}, "seed": %d, "skipUnreadable": false, "engine": "onednn", "precision": "%s",
                 "started": "2026-01-01T00:00:00Z", "versions": {}, "machine": {}, "plugins": [], "pluginFolders": []}
                """.formatted(rounds, seed, precision));
        StringBuilder journal = new StringBuilder();
        for (String event : List.of(
                "'network', 'details': {'parameters': 1000}",
                "'metrics', 'details': {'name': 'validation', 'split': 'validation', 'parameters': 250, 'metrics': {'accuracy': 1}}",
                "'metrics', 'details': {'name': 'test.at-0.5', 'split': 'test', 'parameters': 500, 'metrics': {'accuracy': 0.9}}",
                "'metrics', 'details': {'name': 'test', 'split': 'test', 'parameters': 250, 'metrics': {'accuracy': " + accuracy + "}}",
                "'run-finished', 'details': {}")) {
            journal.append(("{'time': '2026-01-01T00:00:00Z', 'type': " + event + "}\n").replace('\'', '"'));
        }
        Files.writeString(run.resolve("journal.jsonl"), journal);
        new ObjectMapper().writeValue(run.resolve("summary.json").toFile(), summary);
    }

    private List<String> table() {
        StringWriter out = new StringWriter();
        assertThat(new CommandLine(new RunsTable()).setOut(new PrintWriter(out, true)).execute("--run-dir", runs.toString())).isZero();
        return out.toString().lines().toList();
    }

    private static Summary summary(NetworkSummary pruned, Map<String, NetworkSummary> marks) {
        return new Summary(LOADED, null, pruned, 0.75, 0.75, 1, "", marks);
    }

    @Test
    void seedsAreOneRowWithTheirSpread() throws IOException {
        run(1, 0.80, summary(network(250, 2000, 2, 8), Map.of("at-0.5", network(500, 4000, 3, 12))));
        run(2, 0.84, summary(network(250, 1600, 1, 4), Map.of("at-0.5", network(500, 4000, 3, 12))));
        assertThat(table()).contains(
                "| small | at-0.5 | 50.0 ± 0.0 | 50.0 ± 0.0 | 2.0 ± 0.0 | 90.0 ± 0.0 | 4.00 (5.00) → 3.00 (4.00) | 16.00 (17.00) → 12.00 (13.00) | 2 |",
                "| small | pruned | 75.0 ± 0.0 | 77.5 ± 3.5 | 4.5 ± 0.7 | 82.0 ± 2.8 | 4.00 (5.00) → 1.50 (2.50) | 16.00 (17.00) → 6.00 (7.00) | 2 |",
                "`small`: {--engine=onednn, --precision=float32, epochs=1, rounds=2}");
    }

    @Test
    void runsOfOnePipelineAreToldApartByTheParametersThatDiffer() throws IOException {
        run(1, 2, 0.80, summary(network(250, 2000, 2, 8), Map.of()));
        run(1, 4, 0.81, summary(network(250, 2000, 2, 8), Map.of()));
        run(1, "", 0.82, summary(network(250, 2000, 2, 8), Map.of()));
        assertThat(table()).anyMatch(row -> row.startsWith("| small (rounds=2) | pruned | 75.0 | 75.0 | 4.0 | 80.0 |"))
                .anyMatch(row -> row.startsWith("| small (rounds=4) | pruned | 75.0 | 75.0 | 4.0 | 81.0 |"))
                .anyMatch(row -> row.startsWith("| small (rounds not given) | pruned | 75.0 | 75.0 | 4.0 | 82.0 |"));
    }

    /** Seeds in different precisions are no seeds of one row. */
    @Test
    void runsInDifferentPrecisionsAreToldApart() throws IOException {
        run(1, ", \"rounds\": \"2\"", "float32", 0.80, summary(network(250, 2000, 2, 8), Map.of()));
        run(1, ", \"rounds\": \"2\"", "bf16", 0.81, summary(network(250, 2000, 2, 8), Map.of()));
        assertThat(table()).anyMatch(row -> row.startsWith("| small (--precision=float32) | pruned | 75.0 | 75.0 | 4.0 | 80.0 |"))
                .anyMatch(row -> row.startsWith("| small (--precision=bf16) | pruned | 75.0 | 75.0 | 4.0 | 81.0 |"));
    }

    /** Summaries of runs from before marks were in them. */
    @Test
    void whatASummaryDoesNotSayIsLeftOpen() throws IOException {
        run(1, 0.80, summary(network(250, 2000, 2, 8), Map.of()));
        assertThat(table()).contains("| small | at-0.5 | 50.0 | – | – | 90.0 | – | – | 1 |");
    }
}
