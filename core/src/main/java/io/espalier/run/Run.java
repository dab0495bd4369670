package io.espalier.run;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.catalog.BoundOptions;
import io.espalier.engine.Evaluations;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One run of a pipeline and its directory. Holds the directory's lock until closed.
 *
 * <p>The result of every stage is stored under everything that it depends on, and taken from there when the same stage is
 * performed on the same candidate again; so a run that was killed goes on by performing its pipeline from the start.
 * A candidate that was superseded is dropped. Should it be needed after all, it is computed again.
 */
public final class Run implements AutoCloseable {

    private static final long SMALL_HEAP = 96L << 20;

    private final Layout layout;
    private final Disk disk;
    private final RunSettings settings;
    private final RunLock lock;
    private final Journal journal;
    private final StageRecords records;
    private final CandidateStore store;
    private final Artifacts artifacts;
    private final StageInvocation.Shared shared;
    private final Replay replay;
    private final String core = CoreDigest.compute();
    /** Stages go one at a time, also those of parallel branches: an engine fills all cores by itself. */
    private final ReentrantLock turn = new ReentrantLock();
    /** Candidates that branches began or ended with. */
    private final Set<String> branching = new HashSet<>();
    private int position;
    private volatile boolean interrupted;
    private boolean closed;

    private Run(Layout layout, Disk disk, RunSettings settings, Extensions extensions, RunLock lock, List<Journal.Event> history) {
        this.layout = layout;
        this.disk = disk;
        this.settings = settings;
        this.lock = lock;
        this.records = new StageRecords(layout.results(), disk, history);
        this.store = new CandidateStore(layout, disk, records.candidates());
        this.artifacts = new Artifacts(layout.artifacts(), disk);
        this.journal = Journal.open(layout.journal(), disk);
        this.shared = new StageInvocation.Shared(layout, settings, extensions, journal, new Evaluations(settings.engine()), () -> interrupted);
        this.replay = new Replay(records, artifacts, shared);
    }

    /**
     * Begins a run in a new directory below {@code parent}.
     *
     * @throws InputException when no directory can be made there
     * @throws RunFailedException when the disk is full
     */
    public static Run create(Path parent, RunSettings settings) {
        return create(parent, settings, Extensions.of(settings.catalog()), FileChannel::open);
    }

    static Run create(Path parent, RunSettings settings, Extensions extensions, Disk.Opening opening) {
        Path directory = RunDirectory.create(parent, settings.pipeline(), LocalDateTime.now());
        RunDescription description = RunDescription.of(settings, extensions.plugins());
        return open(directory, settings, extensions, opening, description, false);
    }

    /**
     * Opens a run that was interrupted, to go on: the caller performs the same pipeline from the start.
     *
     * @throws InputException when it is no run directory, or in use by another process
     * @throws RunFailedException when a file of the store is damaged, or the disk is full
     */
    public static Run resume(Path directory, RunSettings settings) {
        return resume(directory, settings, Extensions.of(settings.catalog()), FileChannel::open);
    }

    static Run resume(Path directory, RunSettings settings, Extensions extensions, Disk.Opening opening) {
        RunDescription.read(directory);
        return open(directory, settings, extensions, opening, RunDescription.of(settings, extensions.plugins()), true);
    }

    /**
     * What a run was begun with, to build its settings again.
     *
     * @throws InputException when it is no run directory
     */
    public static RunDescription settingsOf(Path directory) {
        return RunDescription.read(directory);
    }

    private static Run open(
            Path directory, RunSettings settings, Extensions extensions, Disk.Opening opening, RunDescription description, boolean again) {
        Layout layout = new Layout(directory);
        Disk disk = new Disk(directory, opening);
        RunLock lock = RunLock.acquire(layout, disk);
        try {
            layout.folders().forEach(disk::createFolders);
            layout.folders().forEach(disk::clean);
            if (!again) {
                disk.write(layout.description(), out -> out.write(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(description)));
            }
            List<Journal.Event> history = layout.journal().toFile().exists() ? Journal.read(directory) : List.of();
            Run run = new Run(layout, disk, settings, extensions, lock, history);
            if (run.journal.cut() > 0) {
                settings.listener().say("the last line of " + layout.journal() + " was torn when the run was killed; it is cut off");
            }
            run.journal.append(again ? "run-resumed" : "run-started", description.withoutText());
            return run;
        } catch (RuntimeException e) {
            throw releasing(lock, e);
        }
    }

    private static RuntimeException releasing(RunLock lock, RuntimeException reason) {
        try {
            lock.close();
        } catch (RuntimeException e) {
            reason.addSuppressed(e);
        }
        return reason;
    }

    public Path directory() {
        return layout.directory();
    }

    /**
     * Performs a stage, or takes its result from the store when one with the same key is there.
     *
     * @param place file, line and column of the stage in the pipeline
     * @param branch name of the branch that the stage is in, empty outside of any; the input of a branch may be needed again by
     *     another, so it is not dropped
     * @throws InputException when the stage finds that what the user gave is wrong
     * @throws InterruptedRunException when the user asked to stop
     * @throws RunFailedException when the stage cannot go on, its plugin is at fault, or the disk is full
     */
    public StageResult perform(BoundOptions stage, Candidate candidate, String place, String branch) {
        turn.lock();
        try {
            shared.checkInterrupted();
            StageKey key = StageKey.of(stage, store.digest(candidate), settings, core);
            return perform(new StageCall(stage, candidate, key, place), branch);
        } finally {
            turn.unlock();
        }
    }

    private StageResult perform(StageCall call, String branch) {
        long start = System.nanoTime();
        position++;
        settings.listener().stageStarted(call.name(), call.place());
        journal.append("stage-started", started(call, branch));
        Replay.Verdict verdict = replay.of(call, position);
        if (!verdict.differences().isEmpty()) {
            runsAgain(call, verdict.differences());
        }
        StageResult result = verdict.reusable().map(record -> reuse(record, call)).orElseGet(() -> make(call, start));
        retire(call.key().input(), result.digest(), !branch.isEmpty());
        settings.listener().stageFinished(call.name(), call.place(), result, since(start), verdict.reusable().isPresent());
        return result;
    }

    /** What the stage begins with: who reads the journal need not know the pipeline. */
    private Map<String, Object> started(StageCall call, String branch) {
        Map<String, Object> facts = facts(call);
        facts.put("input", call.key().input());
        facts.put("options", call.bound().asText());
        if (!branch.isEmpty()) {
            facts.put("branch", branch);
        }
        return facts;
    }

    private Map<String, Object> facts(StageCall call) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("position", position);
        facts.put("stage", call.name());
        facts.put("place", call.place());
        facts.put("key", call.key().key());
        return facts;
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void runsAgain(StageCall call, List<StageKey.Difference> differences) {
        Map<String, Object> facts = facts(call);
        facts.put("differences", differences);
        journal.append("stage-changed", facts);
        List<String> lines = differences.stream().map(StageKey.Difference::toString).toList();
        say(call, "runs again: " + String.join("; ", lines));
    }

    private void say(StageCall call, String what) {
        settings.listener().say("stage:" + call.name() + " (" + call.place() + ") " + what);
    }

    private StageResult reuse(StageRecord record, StageCall call) {
        Candidate candidate = Candidate.lazy(() -> content(record.candidate(), call));
        store.remember(candidate, record.candidate());
        Map<String, Object> facts = facts(call);
        facts.put("candidate", record.candidate());
        journal.append("stage-reused", facts);
        return result(candidate, record);
    }

    private Candidate.Content content(String digest, StageCall call) {
        return store.read(digest, () -> makeAgain(digest, call)).orElseGet(() -> makeAgain(digest, call));
    }

    /** A result was dropped when the next stage had finished, and is needed after all: that next stage was changed. */
    private Candidate.Content makeAgain(String digest, StageCall call) {
        say(call, "runs again: its result was superseded and dropped, and is needed now");
        journal.append("stage-again", Map.of("stage", call.name(), "place", call.place(), "key", call.key().key()));
        Candidate candidate = call.apply(shared, disk).candidate();
        String found = store.digest(candidate);
        if (!found.equals(digest)) {
            throw new RunFailedException("stage:" + call.name() + " (" + call.place() + ") gave another result than the first time (" + found
                    + " instead of " + digest + ") from the same input. A stage must take its randomness from its context only; begin a new run");
        }
        return candidate.content();
    }

    private StageResult make(StageCall call, long start) {
        try {
            if (!call.input().isNone()) {
                // Before the artifacts are looked at: the input may have to be computed again, and that may write some.
                call.input().content();
            }
            Artifacts.Snapshot before = artifacts.snapshot();
            StageCall.Outcome outcome = call.apply(shared, disk);
            String digest = store.put(outcome.candidate());
            StageRecord record = new StageRecord(
                    call.key(),
                    digest,
                    outcome.candidate().network().digest(),
                    outcome.candidate().metrics(),
                    outcome.variables(),
                    before.written(),
                    outcome.consulted());
            records.put(record);
            journal.append("stage-finished", finished(call, record, since(start)));
            tidy();
            return result(outcome.candidate(), record);
        } catch (RuntimeException | Error e) {
            noteEnd(call, e);
            throw e;
        }
    }

    /**
     * What a stage leaves is mostly garbage: VGG16's training would begin beside 100 MB of what reading its file left. A heap that stayed
     * small is let be, since a collection takes some hundredths of a second.
     */
    private static void tidy() {
        if (Runtime.getRuntime().totalMemory() > SMALL_HEAP) {
            System.gc();
        }
    }

    private Map<String, Object> finished(StageCall call, StageRecord record, Duration took) {
        Map<String, Object> facts = facts(call);
        facts.put("candidate", record.candidate());
        facts.put("network", record.network());
        facts.put("metrics", record.metrics());
        facts.put("variables", record.variables());
        facts.put("artifacts", record.artifacts());
        facts.put("seconds", took.toNanos() / 1e9);
        return facts;
    }

    private static StageResult result(Candidate candidate, StageRecord record) {
        Map<String, Object> variables = new LinkedHashMap<>();
        record.variables().forEach(v -> variables.put(v.name(), v.value()));
        return new StageResult(candidate, record.candidate(), variables, record.metrics());
    }

    private void noteEnd(StageCall call, Throwable reason) {
        Map<String, Object> facts = facts(call);
        facts.put("reason", String.valueOf(reason.getMessage()));
        note(reason instanceof InterruptedRunException ? "stage-interrupted" : "stage-failed", facts, reason);
    }

    /** Journals a failure. If that fails too (a full disk), the failure itself is what the user must see. */
    private void note(String event, Object details, Throwable reason) {
        try {
            journal.append(event, details);
        } catch (RunFailedException e) {
            reason.addSuppressed(e);
        }
    }

    /**
     * Drops what nothing can resume from any more. What a branch began or ended with stays, since the pipeline may
     * come back to it.
     */
    private void retire(String input, String output, boolean branch) {
        if (branch) {
            branching.add(input);
            branching.add(output);
        } else if (!branching.contains(input) && !input.equals(output)) {
            store.drop(input);
        }
    }

    /** Ends the current stage at its next check. May be called by any thread. */
    public void interrupt() {
        interrupted = true;
    }

    /** @throws InterruptedRunException when somebody asked to stop */
    public void checkInterrupted() {
        shared.checkInterrupted();
    }

    /**
     * Writes a JSON file, {@code summary.json} for example, into the run directory: whole or not at all.
     *
     * @param name of the file
     * @param value a record, map or other value that JSON can hold
     * @throws RunFailedException when the disk is full
     */
    public void writeJson(String name, Object value) {
        disk.write(layout.directory().resolve(name), out -> out.write(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(value)));
    }

    /** Writes an event into the journal; {@code details} is a record, map or other value that JSON can hold. */
    public void journal(String event, Object details) {
        journal.append(event, details);
    }

    /** Notes that the pipeline came to its end. */
    public void finished(Map<String, ?> summary) {
        journal.append("run-finished", summary);
    }

    /** Notes that the pipeline could not go on, or was told to stop. Never throws: the reason is what the user must see. */
    public void failed(Throwable reason) {
        String event = reason instanceof InterruptedRunException ? "run-interrupted" : "run-failed";
        note(event, Map.of("reason", String.valueOf(reason.getMessage()), "type", reason.getClass().getName()), reason);
    }

    /** Gives the directory free. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            journal.close();
            lock.close();
        }
    }
}
