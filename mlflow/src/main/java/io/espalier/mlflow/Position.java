package io.espalier.mlflow;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How much of a run a server is known to hold; {@code mlflow.json} in the run's directory. It holds no secret. Nothing is lost
 * with it: the server is asked again.
 *
 * @param server address without login
 * @param experiment name
 * @param register name under which the last exported network is registered; empty: it is not
 * @param runs ids in MLflow, by key
 * @param files digests of confirmed files, by key of the run and path
 * @param models ids of finished models, by key of the run and name
 * @param journal bytes of the journal that were confirmed
 * @param complete whether the run has ended and all of it was confirmed
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Position(
        String server,
        String experiment,
        String register,
        Map<String, String> runs,
        Map<String, String> files,
        Map<String, String> models,
        long journal,
        boolean complete) {

    static final String FILE = "mlflow.json";

    Position {
        runs = runs == null ? Map.of() : Map.copyOf(runs);
        files = files == null ? Map.of() : Map.copyOf(files);
        models = models == null ? Map.of() : Map.copyOf(models);
        register = register == null ? "" : register;
    }

    static Position start(String server, String experiment, String register) {
        return new Position(server, experiment, register, Map.of(), Map.of(), Map.of(), 0, false);
    }

    /** Where a run is; nothing when it was never sent, or when what stands there cannot be used. */
    static Optional<Position> read(Path run) {
        Path file = run.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.MAPPER.readValue(file.toFile(), Position.class)).filter(p -> p.server() != null && p.experiment() != null);
        } catch (IOException e) {
            // The server knows: it is asked as if there had never been a file.
            return Optional.empty();
        }
    }

    /** Whole or not at all. */
    void write(Path run) {
        Path file = run.resolve(FILE);
        Path partial = run.resolve("." + FILE + ".partial");
        try {
            Files.write(partial, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
            try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new Trouble(Trouble.Kind.REFUSED, file + " cannot be written (" + e.getMessage() + ")\n    make room, or look at its permissions", e);
        }
    }

    Position withRun(String key, String id) {
        return new Position(server, experiment, register, with(runs, key, id), files, models, journal, false);
    }

    Position withFile(String key, String path, String digest) {
        return new Position(server, experiment, register, runs, with(files, key + " " + path, digest), models, journal, false);
    }

    Position withModel(String key, String name, String id) {
        return new Position(server, experiment, register, runs, files, with(models, key + " " + name, id), journal, false);
    }

    Position at(long confirmed, boolean all) {
        return new Position(server, experiment, register, runs, files, models, confirmed, all);
    }

    Position registering(String name) {
        return new Position(server, experiment, name, runs, files, models, journal, complete && name.equals(register));
    }

    private static Map<String, String> with(Map<String, String> map, String key, String value) {
        Map<String, String> changed = new TreeMap<>(map);
        changed.put(key, value);
        return changed;
    }
}
