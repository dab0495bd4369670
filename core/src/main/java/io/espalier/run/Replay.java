package io.espalier.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells whether an earlier result of a stage serves, and if not, why not. */
final class Replay {

    /**
     * What was found.
     *
     * @param reusable the earlier result, if it serves
     * @param differences if it does not serve, or is another one's: what differs; empty for a stage that was never there
     */
    record Verdict(Optional<StageRecord> reusable, List<StageKey.Difference> differences) {}

    private final StageRecords records;
    private final Artifacts artifacts;
    private final StageInvocation.Shared shared;

    Replay(StageRecords records, Artifacts artifacts, StageInvocation.Shared shared) {
        this.records = records;
        this.artifacts = artifacts;
        this.shared = shared;
    }

    /** @param position of the stage in the run, from 1 */
    Verdict of(StageCall call, int position) {
        Optional<StageRecord> same = records.find(call.key().key());
        if (same.isEmpty()) {
            Optional<StageRecord> other = records.predecessor(position, call.key());
            return new Verdict(Optional.empty(), other.map(o -> call.key().differencesFrom(o.parts())).orElse(List.of()));
        }
        List<StageKey.Difference> differences = new ArrayList<>(otherExtensions(same.get()));
        differences.addAll(artifacts.missing(same.get(), records.all()));
        return new Verdict(same.filter(r -> differences.isEmpty()), differences);
    }

    private List<StageKey.Difference> otherExtensions(StageRecord record) {
        List<StageKey.Difference> differences = new ArrayList<>();
        record.consulted().forEach((point, before) -> {
            Map<String, String> now = shared.pluginsOf(point);
            differences.addAll(StageKey.differences(point + " ", before, now));
        });
        return differences;
    }
}
