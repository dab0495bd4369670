package io.espalier.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A folder of manifests by digest, each gzipped JSON: a network's configuration is some hundred kilobytes of repetitive
 * text, and a run writes one for every network it makes.
 *
 * @param <T> what is read and written
 */
final class ManifestFolder<T> {

    private static final String ENDING = ".json.gz";

    private final Path folder;
    private final Disk disk;
    private final Class<T> type;
    private final Set<String> digests = new HashSet<>();

    ManifestFolder(Path folder, Disk disk, Class<T> type) {
        this.folder = folder;
        this.disk = disk;
        this.type = type;
        for (Path file : disk.list(folder, ENDING)) {
            String name = file.getFileName().toString();
            digests.add(name.substring(0, name.length() - ENDING.length()));
        }
    }

    boolean holds(String digest) {
        return digests.contains(digest);
    }

    Set<String> digests() {
        return Set.copyOf(digests);
    }

    void put(String digest, T manifest) {
        disk.write(file(digest), out -> {
            try (GZIPOutputStream zipped = new GZIPOutputStream(out)) {
                zipped.write(Json.MAPPER.writeValueAsBytes(manifest));
                zipped.finish();
            }
        });
        digests.add(digest);
    }

    /** Throws a {@code RunFailedException} naming the file when it is damaged. */
    T read(String digest) {
        Path file = file(digest);
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return Json.MAPPER.readValue(in.readAllBytes(), type);
        } catch (IOException e) {
            throw disk.damaged(file, e);
        }
    }

    Path file(String digest) {
        return folder.resolve(digest + ENDING);
    }

    void delete(String digest) {
        disk.delete(file(digest));
        digests.remove(digest);
    }

    void keepOnly(Set<String> live) {
        List<String> dead = digests.stream().filter(d -> !live.contains(d)).toList();
        dead.forEach(this::delete);
    }
}
