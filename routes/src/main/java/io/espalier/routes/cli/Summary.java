package io.espalier.routes.cli;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.network.Folding;
import io.espalier.network.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run came to; {@code summary.json}. What is not known is null there.
 *
 * @param loaded the network as read, with its head
 * @param scaled the trained, unpruned network, folded
 * @param pruned the network as exported
 * @param requestedReduction share of the parameters that was to go, relative to {@code loaded}
 * @param achievedReduction share of the parameters that went, relative to {@code loaded}; null where the pipeline changed
 *     nothing, and {@code loaded} and {@code pruned} are one network
 * @param testReads how often the test set was read
 * @param data what a reader must know of how the data was divided
 * @param marks networks that were kept on the way, folded, by name ({@code at-0.9}); empty where there were none
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Summary(
        NetworkSummary loaded, NetworkSummary scaled, NetworkSummary pruned, Double requestedReduction, Double achievedReduction, int testReads, String data,
        Map<String, NetworkSummary> marks) {

    /** Older files have no marks. */
    public Summary {
        marks = marks == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(marks));
    }

    static final String FILE = "summary.json";

    private static final String PRUNED = "pruned";
    private static final List<Integer> BATCHES = List.of(1, 32);

    /**
     * A network's part.
     *
     * @param parameters numbers in it that training could change
     * @param flops of one image
     * @param bytes of its file, in one and the same format
     * @param accuracy on test, between 0 and 1; null where the head was new and untrained
     * @param bf16Accuracy the same with convolutions in bf16; null where the run was in float32
     * @param balancedAccuracy mean recall of the classes
     * @param auc area under the ROC curve
     * @param recall of each class, in label order; null where it was not measured
     * @param latencyMs time of a prediction, by batch size
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record NetworkSummary(
            long parameters,
            long flops,
            long bytes,
            Double accuracy,
            Double bf16Accuracy,
            Double balancedAccuracy,
            Double auc,
            List<Double> recall,
            Map<String, Measures.Latency> latencyMs) {}

    /**
     * @param candidate at the end of the pipeline, with a network
     * @param testReads as the journal counts them
     */
    static Summary of(Candidate candidate, Measures measures, int testReads) {
        if (isUntouched(candidate)) {
            return ofOne(candidate, measures, testReads);
        }
        Map<String, Network> networks = new LinkedHashMap<>();
        for (String milestone : List.of(Candidate.LOADED, Candidate.SCALED)) {
            Optional.ofNullable(candidate.milestones().get(milestone)).ifPresent(network -> networks.put(milestone, Folding.fold(network)));
        }
        networks.put(PRUNED, Folding.fold(candidate.network()));
        candidate.milestones().forEach((name, network) -> networks.computeIfAbsent(name, n -> Folding.fold(network)));
        Map<String, NetworkSummary> parts = parts(networks, candidate.metrics(), measures);
        NetworkSummary loaded = parts.get(Candidate.LOADED);
        Double achieved = loaded == null ? null : 1 - (double) parts.get(PRUNED).parameters() / loaded.parameters();
        Map<String, NetworkSummary> marks = new LinkedHashMap<>(parts);
        marks.keySet().removeAll(List.of(Candidate.LOADED, Candidate.SCALED, PRUNED));
        return new Summary(
                loaded, parts.get(Candidate.SCALED), parts.get(PRUNED), requested(candidate), achieved, testReads, note(candidate), marks);
    }

    /** Whether the network is the one that was loaded, and no other was made on the way: nothing was to be reduced. */
    private static boolean isUntouched(Candidate candidate) {
        Network loaded = candidate.milestones().get(Candidate.LOADED);
        return candidate.milestones().size() == 1 && loaded != null && loaded.digest().equals(candidate.network().digest());
    }

    /** One network is measured once; it stands for the loaded and the exported one. */
    private static Summary ofOne(Candidate candidate, Measures measures, int testReads) {
        NetworkSummary only = parts(Map.of(PRUNED, candidate.network()), candidate.metrics(), measures).get(PRUNED);
        return new Summary(only, null, only, requested(candidate), null, testReads, note(candidate), Map.of());
    }

    private static String note(Candidate candidate) {
        return candidate.dataset() == null ? "" : candidate.dataset().note();
    }

    /**
     * The summary of a run, if it came to its end.
     *
     * @throws InputException when it is damaged
     */
    static Optional<Summary> read(Path run) {
        Path file = run.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ObjectMapper().readValue(file.toFile(), Summary.class));
        } catch (IOException e) {
            throw new InputException(file + " is damaged: " + e.getMessage() + "\n    delete it and resume the run to have it written again", e);
        }
    }

    /** The main numbers, for the journal. */
    Map<String, Object> mainNumbers() {
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("parameters", pruned.parameters());
        numbers.put("flops", pruned.flops());
        numbers.put("accuracy", pruned.accuracy());
        numbers.put("requestedReduction", requestedReduction);
        numbers.put("achievedReduction", achievedReduction);
        numbers.put("testReads", testReads);
        return numbers;
    }

    private static Map<String, NetworkSummary> parts(Map<String, Network> networks, Map<String, Double> metrics, Measures measures) {
        List<Network> inOrder = List.copyOf(networks.values());
        Map<Integer, List<Measures.Latency>> latencies = new LinkedHashMap<>();
        BATCHES.forEach(batch -> latencies.put(batch, measures.latency(inOrder, batch)));
        Map<String, NetworkSummary> parts = new LinkedHashMap<>();
        networks.forEach((name, network) -> {
            Map<String, Measures.Latency> ofThis = new LinkedHashMap<>();
            latencies.forEach((batch, all) -> ofThis.put(String.valueOf(batch), all.get(parts.size())));
            Measures.Cost cost = measures.cost(network);
            parts.put(name, new NetworkSummary(
                    cost.parameters(), cost.flops(), measures.bytes(network),
                    metric(metrics, "accuracy", name), metric(metrics, "accuracy", name + ".bf16"), metric(metrics, "balancedAccuracy", name), metric(metrics, "auc", name),
                    recall(metrics, name), ofThis));
        });
        return parts;
    }

    private static Double metric(Map<String, Double> metrics, String metric, String network) {
        return finite(metrics.get(metric + ".test." + network));
    }

    private static List<Double> recall(Map<String, Double> metrics, String network) {
        List<Double> recall = new ArrayList<>();
        for (int c = 0; metrics.containsKey("recall.test." + network + "." + c); c++) {
            recall.add(finite(metrics.get("recall.test." + network + "." + c)));
        }
        return recall.isEmpty() ? null : recall;
    }

    private static Double finite(Double value) {
        return value == null || !Double.isFinite(value) ? null : value;
    }

    /** What the last guard was told to stop at. */
    private static Double requested(Candidate candidate) {
        return candidate.lineage().stream()
                .filter(step -> step.stage().equals("guard"))
                .map(step -> step.options().getOrDefault("target", ""))
                .filter(target -> !target.isBlank())
                .reduce((earlier, later) -> later)
                .map(Double::valueOf)
                .orElse(null);
    }
}
