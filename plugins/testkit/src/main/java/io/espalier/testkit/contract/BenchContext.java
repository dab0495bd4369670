package io.espalier.testkit.contract;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.CriterionContext;
import io.espalier.api.Progress;
import io.espalier.api.StageContext;
import io.espalier.catalog.Catalog;
import io.espalier.catalog.Extension;
import io.espalier.data.Split;
import io.espalier.engine.Engine;
import io.espalier.engine.ParameterKey;
import io.espalier.network.Network;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;

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
        return new Looking(CriterionContext.of(candidate, this), candidate.dataset().train());
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

    /** What a run gives a criterion, but for images: more than the bench has may be asked for, which is no fault of the criterion. */
    private record Looking(CriterionContext run, Split train) implements CriterionContext {

        @Override
        public Network network() {
            return run.network();
        }

        @Override
        public INDArray samples(int count) {
            return run.samples(Math.min(count, train.size()));
        }

        @Override
        public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
            return run.observe(layers, images);
        }

        @Override
        public void observe(Set<String> layers, int images, int batch, Consumer<Map<String, INDArray>> each) {
            run.observe(layers, images, batch, each);
        }

        @Override
        public void gradients(Set<ParameterKey> parameters, int images, int batch, Consumer<Map<ParameterKey, INDArray>> each) {
            run.gradients(parameters, images, batch, each);
        }

        @Override
        public Random random(String group) {
            return run.random(group);
        }
    }
}
