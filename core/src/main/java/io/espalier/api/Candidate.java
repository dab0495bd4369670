package io.espalier.api;

import io.espalier.data.Dataset;
import io.espalier.network.Network;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What flows through a pipeline: a network, the data and what is known of them. Immutable. Its content may be read from
 * the run's store only when it is first asked for.
 */
@Stability(Stability.Level.EVOLVING)
public final class Candidate {

    /** Name of the milestone {@code load} sets: the network as read, with its head. */
    public static final String LOADED = "loaded";

    /** Name of the milestone of the trained, unpruned network. */
    public static final String SCALED = "scaled";

    /** What the candidate's own network is called where it stands beside milestones. */
    public static final String PRUNED = "pruned";

    private static final Candidate NONE = new Candidate(() -> {
        throw new InputException("there is no network yet: a pipeline begins with stage:load");
    });

    private Supplier<Content> source;
    private Content content;

    private Candidate(Supplier<Content> source) {
        this.source = source;
    }

    /** The body of a message before any stage: it holds nothing. */
    public static Candidate none() {
        return NONE;
    }

    public static Candidate of(Network network, Dataset dataset) {
        return of(new Content(network, dataset, Map.of(), Map.of(), Map.of(), List.of(), Optional.empty()));
    }

    public static Candidate of(Content content) {
        Candidate candidate = new Candidate(null);
        candidate.content = content;
        return candidate;
    }

    /** A candidate whose content is fetched when it is first needed. */
    public static Candidate lazy(Supplier<Content> source) {
        return new Candidate(source);
    }

    public boolean isNone() {
        return this == NONE;
    }

    /** Everything in it. */
    public synchronized Content content() {
        if (content == null) {
            content = source.get();
            source = null;
        }
        return content;
    }

    public Network network() {
        return content().network();
    }

    public Dataset dataset() {
        return content().dataset();
    }

    /** Named metrics, {@code accuracy.validation} for example; shares between 0 and 1. */
    public Map<String, Double> metrics() {
        return content().metrics();
    }

    /** Importance sums of the last training: of each layer's units, [units], by layer name. */
    public Map<String, double[]> importance() {
        return content().importance();
    }

    /** Networks that the summary compares with, by name. */
    public Map<String, Network> milestones() {
        return content().milestones();
    }

    /** What was done to it, oldest first. */
    public List<Step> lineage() {
        return content().lineage();
    }

    /** The last candidate that held, to roll back to. */
    public Optional<Candidate> kept() {
        return content().kept();
    }

    /** Another network, of which nothing is known yet: metrics stay as history, importance sums do not. */
    public Candidate with(Network network) {
        Content c = content();
        return of(new Content(network, c.dataset, c.metrics, Map.of(), c.milestones, c.lineage, c.kept));
    }

    public Candidate withImportance(Map<String, double[]> importance) {
        Content c = content();
        return of(new Content(c.network, c.dataset, c.metrics, importance, c.milestones, c.lineage, c.kept));
    }

    public Candidate withMetrics(Map<String, Double> more) {
        Content c = content();
        Map<String, Double> all = new LinkedHashMap<>(c.metrics);
        all.putAll(more);
        return of(new Content(c.network, c.dataset, all, c.importance, c.milestones, c.lineage, c.kept));
    }

    public Candidate withMilestone(String name, Network network) {
        Content c = content();
        Map<String, Network> all = new LinkedHashMap<>(c.milestones);
        all.put(name, network);
        return of(new Content(c.network, c.dataset, c.metrics, c.importance, all, c.lineage, c.kept));
    }

    public Candidate withStep(Step step) {
        Content c = content();
        List<Step> all = new ArrayList<>(c.lineage);
        all.add(step);
        return of(new Content(c.network, c.dataset, c.metrics, c.importance, c.milestones, all, c.kept));
    }

    /** Remembers a candidate to roll back to; what that one itself had kept is forgotten. */
    public Candidate withKept(Candidate kept) {
        Content c = content();
        return of(new Content(c.network, c.dataset, c.metrics, c.importance, c.milestones, c.lineage, Optional.of(kept.withoutKept())));
    }

    public Candidate withoutKept() {
        Content c = content();
        return c.kept.isEmpty() ? this : of(new Content(c.network, c.dataset, c.metrics, c.importance, c.milestones, c.lineage, Optional.empty()));
    }

    /**
     * Everything in a candidate.
     *
     * @param network the network
     * @param dataset the data, divided
     * @param metrics by name
     * @param importance by layer, [units]
     * @param milestones networks that the summary compares with
     * @param lineage what was done, oldest first
     * @param kept the last candidate that held
     */
    public record Content(
            Network network,
            Dataset dataset,
            Map<String, Double> metrics,
            Map<String, double[]> importance,
            Map<String, Network> milestones,
            List<Step> lineage,
            Optional<Candidate> kept) {

        public Content {
            metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
            importance = Collections.unmodifiableMap(new LinkedHashMap<>(importance));
            milestones = Collections.unmodifiableMap(new LinkedHashMap<>(milestones));
            lineage = List.copyOf(lineage);
        }
    }

    /**
     * A stage that was applied.
     *
     * @param stage its name
     * @param options every option, as text
     */
    public record Step(String stage, Map<String, String> options) {

        public Step {
            options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
        }
    }
}
