package io.espalier.run;

import java.nio.file.Path;
import java.util.List;

/**
 * Where things lie in a run directory.
 *
 * @param directory the run directory
 */
record Layout(Path directory) {

    Path description() {
        return directory.resolve("run.json");
    }

    Path journal() {
        return directory.resolve("journal.jsonl");
    }

    Path artifacts() {
        return directory.resolve("artifacts");
    }

    /** What the holder of the lock has locked. */
    Path lock() {
        return directory.resolve("lock");
    }

    /** Who holds the lock, for people. */
    Path lockHolder() {
        return directory.resolve("lock-holder.json");
    }

    Path store() {
        return directory.resolve("store");
    }

    /** One record for each finished stage, by key. */
    Path results() {
        return store().resolve("results");
    }

    /** Manifests of candidates, by digest. */
    Path candidates() {
        return store().resolve("candidates");
    }

    /** Manifests of networks, by digest. */
    Path networks() {
        return store().resolve("networks");
    }

    /** Rows of tensors. */
    Path packs() {
        return store().resolve("packs");
    }

    /** Images and labels of parts of data sets. */
    Path splits() {
        return store().resolve("splits");
    }

    /** Every folder of a run. */
    List<Path> folders() {
        return List.of(directory, artifacts(), store(), results(), candidates(), networks(), packs(), splits());
    }
}
