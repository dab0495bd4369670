package io.espalier.run;

import io.espalier.api.Chosen;
import io.espalier.api.Progress;
import io.espalier.api.StageContext;
import io.espalier.catalog.Extension;
import io.espalier.engine.Engine;
import io.espalier.engine.Evaluations;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** What one application of a stage may use, and what it leaves besides the candidate. */
final class StageInvocation implements StageContext {

    /**
     * What all stages of a run share.
     *
     * @param layout where the run's files are
     * @param settings of the run
     * @param extensions at hand
     * @param journal of the run
     * @param evaluations measured in the run
     * @param interrupted whether the user asked to stop
     */
    record Shared(Layout layout, RunSettings settings, Extensions extensions, Journal journal, Evaluations evaluations, BooleanSupplier interrupted) {

        void checkInterrupted() {
            if (interrupted.getAsBoolean()) {
                throw new InterruptedRunException(layout.directory());
            }
        }

        /** Extensions of a point, in order of name. */
        List<Extension> extensionsOf(String point) {
            return extensions.all().stream()
                    .filter(e -> e.point().getName().equals(point))
                    .sorted(Comparator.comparing(Extension::name))
                    .toList();
        }

        /** Digests of the plugins behind every extension of a point, by the extension's name. */
        Map<String, String> pluginsOf(String point) {
            Map<String, String> plugins = new TreeMap<>();
            extensionsOf(point).forEach(e -> plugins.put(e.name(), e.plugin().digest()));
            return plugins;
        }
    }

    private final Shared shared;
    private final StageKey key;
    private final Map<String, Variable> variables = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> consulted = new TreeMap<>();

    StageInvocation(Shared shared, StageKey key) {
        this.shared = shared;
        this.key = key;
    }

    @Override
    public Engine engine() {
        return shared.settings.engine();
    }

    @Override
    public Evaluations evaluations() {
        return shared.evaluations;
    }

    @Override
    public Random random(String purpose) {
        return key.random(purpose);
    }

    @Override
    public void journal(String event, Object details) {
        shared.journal.append(event, details);
    }

    @Override
    public void progress(Progress progress) {
        shared.settings.listener().progress(progress);
    }

    @Override
    public void say(String line) {
        shared.settings.listener().say(line);
    }

    @Override
    public void variable(String name, Object value) {
        variables.put(name, Variable.of(name, value));
    }

    @Override
    public Path artifacts() {
        return shared.layout.artifacts();
    }

    @Override
    public void checkInterrupted() {
        shared.checkInterrupted();
    }

    @Override
    public <E> List<Chosen<E>> extensions(Class<E> point) {
        consulted.put(point.getName(), shared.pluginsOf(point.getName()));
        List<Chosen<E>> chosen = new ArrayList<>();
        for (Extension extension : shared.extensionsOf(point.getName())) {
            chosen.add(shared.extensions.withDefaults(point, extension));
        }
        return List.copyOf(chosen);
    }

    @Override
    public boolean skipUnreadable() {
        return shared.settings.skipUnreadable();
    }

    List<Variable> variables() {
        return List.copyOf(variables.values());
    }

    Map<String, Map<String, String>> consulted() {
        return consulted;
    }
}
