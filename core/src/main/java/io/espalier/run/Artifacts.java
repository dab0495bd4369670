package io.espalier.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The folder that the user finds the run's results in: which files a stage wrote, and whether they are still there. */
final class Artifacts {

    /** What tells that a file was written anew. */
    private record State(long size, FileTime modified, String file) {}

    private final Path folder;
    private final Disk disk;

    Artifacts(Path folder, Disk disk) {
        this.folder = folder;
        this.disk = disk;
    }

    /** What is there now. */
    Snapshot snapshot() {
        return new Snapshot(states());
    }

    private Map<Path, State> states() {
        try (Stream<Path> files = Files.walk(folder)) {
            Map<Path, State> states = new HashMap<>();
            for (Path file : files.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList()) {
                BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
                states.put(file, new State(a.size(), a.lastModifiedTime(), String.valueOf(a.fileKey())));
            }
            return states;
        } catch (IOException e) {
            throw disk.failure(folder, e);
        }
    }

    /**
     * Which of the files that a stage wrote are not there any more. A file that another stage of the run wrote in its
     * place is no loss: a stage in a loop may write the same file in every round.
     */
    List<StageKey.Difference> missing(StageRecord record, Collection<StageRecord> all) {
        List<StageKey.Difference> missing = new ArrayList<>();
        for (StageRecord.Artifact artifact : record.artifacts()) {
            Path file = folder.resolve(artifact.path());
            StageRecord.Artifact found = new StageRecord.Artifact(artifact.path(), Files.isRegularFile(file) ? digest(file) : "");
            if (all.stream().noneMatch(r -> r.artifacts().contains(found))) {
                missing.add(new StageKey.Difference("artifact " + artifact.path(), artifact.digest(), found.digest()));
            }
        }
        return missing;
    }

    private String digest(Path file) {
        try {
            return Digest.ofFile(file);
        } catch (IOException e) {
            throw disk.failure(file, e);
        }
    }

    /** The files at one moment. */
    final class Snapshot {

        private final Map<Path, State> before;

        private Snapshot(Map<Path, State> before) {
            this.before = before;
        }

        /** Files that appeared or changed since, in order of their names. */
        List<StageRecord.Artifact> written() {
            List<StageRecord.Artifact> written = new ArrayList<>();
            states().forEach((file, state) -> {
                if (!state.equals(before.get(file))) {
                    String path = folder.relativize(file).toString().replace('\\', '/');
                    written.add(new StageRecord.Artifact(path, digest(file)));
                }
            });
            written.sort(Comparator.comparing(StageRecord.Artifact::path));
            return written;
        }
    }
}
