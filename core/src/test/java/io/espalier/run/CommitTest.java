package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repositories as Git lays them out. */
class CommitTest {

    private static final String HASH = "0123456789abcdef0123456789abcdef01234567";

    @TempDir
    private Path folder;

    private void write(String file, String text) throws IOException {
        Path at = folder.resolve(file);
        Files.createDirectories(at.getParent());
        Files.writeString(at, text);
    }

    @Test
    void aBranchIsFollowedToItsCommitFromAnyFolderBelow() throws IOException {
        write(".git/HEAD", "ref: refs/heads/main\n");
        write(".git/refs/heads/main", HASH + "\n");
        write("deep/below/file", "");
        assertThat(Commit.of(folder.resolve("deep/below"))).contains(HASH);
    }

    @Test
    void aPackedBranchIsFound() throws IOException {
        write(".git/HEAD", "ref: refs/heads/main\n");
        write(".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\n" + "f".repeat(40) + " refs/heads/other\n" + HASH + " refs/heads/main\n");
        assertThat(Commit.of(folder)).contains(HASH);
    }

    @Test
    void aFurtherWorkTreeHasItsOwnHead() throws IOException {
        write("main/.git/worktrees/second/HEAD", "ref: refs/heads/second\n");
        write("main/.git/worktrees/second/commondir", "../..\n");
        write("main/.git/refs/heads/second", HASH + "\n");
        write("second/.git", "gitdir: " + folder.resolve("main/.git/worktrees/second") + "\n");
        assertThat(Commit.of(folder.resolve("second"))).contains(HASH);
    }

    @Test
    void whereNothingWasCommittedOrGitIsNotThereIsNone() throws IOException {
        write("new/.git/HEAD", "ref: refs/heads/main\n");
        write("odd/.git", "nothing of Git's\n");
        assertThat(Commit.of(folder.resolve("new"))).isEmpty();
        assertThat(Commit.of(folder.resolve("odd"))).isEmpty();
    }
}
