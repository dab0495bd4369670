package io.espalier.testkit.contract;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.CriterionContext;
import io.espalier.api.Progress;
import io.espalier.api.StageContext;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import io.espalier.engine.Engine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** What a stage may use, without a run: nothing is kept but the variables that it sets. */
final class BenchContext implements StageContext {

    private final Catalog catalog;
    private final long seed;
    private final Path artifacts;
    private final Map<String, Object> variables = new TreeMap<>();

    BenchContext(Catalog catalog, long seed, Path artifacts) {
        this.catalog = catalog;
        this.seed = seed;
        this.artifacts = artifacts;
    }

    Map<String, Object> variables() {
        return variables;
    }

    /** What a criterion may look at besides the group. */
    CriterionContext looking(Candidate candidate) {
        return CriterionContext.of(candidate, this);
    }

    @Override
    public Engine engine() {
        return Bench.ENGINE;
    }

    @Override
    public Random random(String purpose) {
        UUID mixed = UUID.nameUUIDFromBytes((seed + " " + purpose).getBytes(StandardCharsets.UTF_8));
        return new Random(mixed.getMostSignificantBits() ^ mixed.getLeastSignificantBits());
    }

    @Override
    public void journal(String event, Object details) {
        // There is no run whose journal it could be in.
    }

    @Override
    public void progress(Progress progress) {
        // Nobody watches.
    }

    @Override
    public void say(String line) {
        // Nobody listens.
    }

    @Override
    public void variable(String name, Object value) {
        variables.put(name, value);
    }

    @Override
    public Path artifacts() {
        return artifacts;
    }

    @Override
    public void checkInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new NotChecked("interrupted");
        }
    }

    @Override
    public <E> List<Chosen<E>> extensions(Class<E> point) {
        List<Chosen<E>> chosen = new ArrayList<>();
        for (Extension extension : catalog.all(point)) {
            if (point.isInstance(extension.instance())) {
                chosen.add(new Chosen<>(extension.name(), point.cast(extension.instance()), catalog.bind(extension, Map.of()).value()));
            }
        }
        return chosen;
    }

    @Override
    public boolean skipUnreadable() {
        return false;
    }
}
