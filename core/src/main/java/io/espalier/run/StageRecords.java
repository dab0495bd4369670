package io.espalier.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The finished stages of a run, by key, and where in the run each was when it was last there. */
final class StageRecords {

    private static final String ENDING = ".json";

    private final Path folder;
    private final Disk disk;
    private final Map<String, StageRecord> records = new HashMap<>();
    /** Keys of the stages before a resume, by their position in the run. */
    private final Map<Integer, String> earlier = new HashMap<>();

    /** @param history events of the run so far */
    StageRecords(Path folder, Disk disk, List<Journal.Event> history) {
        this.folder = folder;
        this.disk = disk;
        for (Path file : disk.list(folder, ENDING)) {
            records.put(nameOf(file), read(file));
        }
        history.forEach(this::noteEarlier);
    }

    private static String nameOf(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ENDING.length());
    }

    private StageRecord read(Path file) {
        try {
            StageRecord record = Json.MAPPER.readValue(Files.readAllBytes(file), StageRecord.class);
            if (!record.parts().key().equals(nameOf(file))) {
                throw new IOException("it is the record of another stage");
            }
            return record;
        } catch (IOException | RuntimeException e) {
            throw disk.damaged(file, e);
        }
    }

    private void noteEarlier(Journal.Event event) {
        JsonNode details = event.details();
        if (Set.of("stage-finished", "stage-reused").contains(event.type()) && details.hasNonNull("key")) {
            earlier.put(details.path("position").asInt(), details.path("key").asText());
        }
    }

    Optional<StageRecord> find(String key) {
        return Optional.ofNullable(records.get(key));
    }

    Collection<StageRecord> all() {
        return Collections.unmodifiableCollection(records.values());
    }

    Set<String> candidates() {
        Set<String> candidates = new HashSet<>();
        records.values().forEach(r -> candidates.add(r.candidate()));
        return candidates;
    }

    void put(StageRecord record) {
        String key = record.parts().key();
        disk.write(folder.resolve(key + ENDING), out -> out.write(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(record)));
        records.put(key, record);
    }

    /**
     * The stage that was there before a resume where now one of another key is: the one of the same name at the same
     * position, else one of the same name that got the same candidate.
     */
    Optional<StageRecord> predecessor(int position, StageKey now) {
        Optional<StageRecord> atPosition = Optional.ofNullable(earlier.get(position)).flatMap(this::find);
        if (atPosition.filter(r -> r.parts().stage().equals(now.stage())).isPresent()) {
            return atPosition;
        }
        return earlier.values().stream()
                .flatMap(key -> find(key).stream())
                .filter(r -> r.parts().stage().equals(now.stage()) && r.parts().input().equals(now.input()))
                .findFirst();
    }
}
