package io.espalier.routes.whole;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A run directory, read as a user's own script would read it. */
record RunFolder(Path directory) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The only run in a folder of runs. */
    static RunFolder only(Path runs) {
        List<RunFolder> all = in(runs);
        if (all.size() != 1) {
            throw new AssertionError("one run was expected in " + runs + ", and there are " + all);
        }
        return all.get(0);
    }

    static List<RunFolder> in(Path runs) {
        if (!Files.isDirectory(runs)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(runs)) {
            return children.sorted().map(RunFolder::new).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    JsonNode json(String name) {
        try {
            return JSON.readTree(directory.resolve(name).toFile());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    JsonNode summary() {
        return json("summary.json");
    }

    Path artifact(String name) {
        return directory.resolve("artifacts").resolve(name);
    }

    /** Events of the journal, oldest first; a line that is being written is left out. */
    List<JsonNode> journal() {
        try {
            String text = Files.readString(directory.resolve("journal.jsonl"));
            List<JsonNode> events = new ArrayList<>();
            for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
                if (!line.isEmpty()) {
                    events.add(JSON.readTree(line));
                }
            }
            return events;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Details of the events of a type. */
    List<JsonNode> events(String type) {
        return journal().stream().filter(event -> event.path("type").asText().equals(type)).map(event -> event.path("details")).toList();
    }

    /** Stages that events of a type name, in order. */
    List<String> stages(String type) {
        return events(type).stream().map(details -> details.path("stage").asText()).toList();
    }

    /** Bytes of all files below a folder of the run. */
    long size(String folder) {
        try (Stream<Path> files = Files.walk(directory.resolve(folder))) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
