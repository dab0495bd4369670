package io.espalier.run;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.api.Stage;
import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import io.espalier.catalog.ExtensionFaultException;
import io.espalier.engine.TrainingException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A stage on its input; can be applied more than once.
 *
 * @param bound the stage and its options
 * @param input what it gets
 * @param key what its result depends on
 * @param place file, line and column of the stage in the pipeline
 */
record StageCall(BoundOptions bound, Candidate input, StageKey key, String place) {

    /**
     * What a stage left.
     *
     * @param candidate the new candidate, its lineage longer by this stage
     * @param variables exchange variables that it set
     * @param consulted what it asked for, as in {@link StageRecord}
     */
    record Outcome(Candidate candidate, List<Variable> variables, Map<String, Map<String, String>> consulted) {}

    String name() {
        return key.stage();
    }

    /**
     * Applies the stage.
     *
     * @throws InputException as the stage throws it
     * @throws RunFailedException as the stage throws it, and when a plugin is at fault, the disk is full or the memory runs out
     */
    Outcome apply(StageInvocation.Shared shared, Disk disk) {
        StageInvocation invocation = new StageInvocation(shared, key);
        try {
            Candidate made = stage().apply(input, bound.value(), invocation);
            if (made == null || made.isNone()) {
                throw new IllegalStateException("it returned no candidate");
            }
            Candidate candidate = made.withStep(new Candidate.Step(name(), bound.asLineage()));
            return new Outcome(candidate, invocation.variables(), invocation.consulted());
        } catch (RuntimeException | Error e) {
            throw explained(e, shared.layout().directory(), disk);
        }
    }

    private RuntimeException explained(Throwable thrown, Path directory, Disk disk) {
        if (thrown instanceof RunFailedException said && said.getMessage().contains(RunDirectory.resumeLine(directory))) {
            return said;
        }
        Optional<RunFailedException> fullDisk = disk.fullDiskBehind(thrown);
        if (fullDisk.isPresent()) {
            return fullDisk.get();
        }
        if (thrown instanceof InputException) {
            return new InputException(at() + "  " + thrown.getMessage(), thrown);
        }
        // An engine that refuses says why itself; no plugin is at fault.
        if (thrown instanceof RunFailedException || thrown instanceof TrainingException) {
            return new RunFailedException(at() + "  " + thrown.getMessage(), thrown);
        }
        return MemoryShortage.behind(thrown)
                .<RuntimeException>map(shortage -> new RunFailedException(at() + "  " + shortage.text(), thrown))
                .or(() -> fault(thrown).map(fault -> new PluginFaultException(placed(fault.getMessage()), thrown)))
                .orElseGet(() -> pluginAtFault(thrown));
    }

    /** The fault may be that of the stage itself, which then is named already. */
    private String placed(String fault) {
        return (fault.startsWith("stage:" + name() + " ") ? place : at()) + "  " + fault;
    }

    /** Of an extension that the stage called, or of the stage itself; it knows whose fault it is. */
    private static Optional<ExtensionFaultException> fault(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof ExtensionFaultException fault) {
                return Optional.of(fault);
            }
        }
        return Optional.empty();
    }

    private String at() {
        return place + "  stage:" + name();
    }

    /** The catalog lets only stages be bound as stages, with a value of the options type that they declare. */
    @SuppressWarnings("unchecked")
    private Stage<Record> stage() {
        return (Stage<Record>) bound.extension().instance();
    }

    private PluginFaultException pluginAtFault(Throwable thrown) {
        Extension.Plugin plugin = bound.extension().plugin();
        return new PluginFaultException(
                at() + " (plugin " + plugin.id() + " " + plugin.version() + ", " + plugin.jar().getFileName() + ") failed: " + thrown, thrown);
    }
}
