package io.espalier.run;

import io.espalier.api.Candidate;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * A candidate without its tensors and images.
 *
 * @param network digest of the network
 * @param dataset the data set
 * @param metrics by name
 * @param importance by layer
 * @param milestones digests of networks, by name
 * @param lineage what was done, oldest first
 * @param kept digest of the kept candidate; empty if there is none
 */
record CandidateManifest(
        String network,
        StoredDataset dataset,
        Map<String, Double> metrics,
        Map<String, double[]> importance,
        Map<String, String> milestones,
        List<Candidate.Step> lineage,
        String kept) {

    /**
     * A data set without its images.
     *
     * @param source where it was read from
     * @param digest the data set's own
     * @param classes names in label order
     * @param note what a reader of the results must know of how it was divided
     * @param train digest of that part in the store
     * @param validation digest of that part in the store
     * @param test digest of that part in the store
     */
    record StoredDataset(String source, String digest, List<String> classes, String note, String train, String validation, String test) {

        Set<String> splits() {
            return new HashSet<>(List.of(train, validation, test));
        }
    }

    static CandidateManifest of(Candidate.Content content, StoredDataset dataset, Function<Candidate, String> digests) {
        Map<String, String> milestones = new LinkedHashMap<>();
        content.milestones().forEach((name, network) -> milestones.put(name, network.digest()));
        return new CandidateManifest(
                content.network().digest(),
                dataset,
                content.metrics(),
                content.importance(),
                milestones,
                content.lineage(),
                content.kept().map(digests).orElse(""));
    }

    /** Digest of the candidate: of what it is, not of how or where it is stored. */
    String digest() {
        Digest digest = new Digest().text("candidate").text(network).text(dataset.digest).texts(dataset.classes);
        digest.number(metrics.size());
        new TreeMap<>(metrics).forEach((name, value) -> digest.text(name).number(value.doubleValue()));
        digest.number(importance.size());
        new TreeMap<>(importance).forEach((layer, values) -> {
            digest.text(layer).number(values.length);
            for (double value : values) {
                digest.number(value);
            }
        });
        digest.number(milestones.size());
        new TreeMap<>(milestones).forEach((name, value) -> digest.text(name).text(value));
        digest.number(lineage.size());
        for (Candidate.Step step : lineage) {
            digest.text(step.stage()).number(step.options().size());
            new TreeMap<>(step.options()).forEach((name, value) -> digest.text(name).text(value));
        }
        return digest.text(kept).hex();
    }

    Set<String> networks() {
        Set<String> networks = new HashSet<>(milestones.values());
        networks.add(network);
        return networks;
    }
}
