package io.espalier.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which commit of a Git repository a folder is at, from Git's own files: Git itself may not be installed. */
final class Commit {

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}([0-9a-f]{24})?");
    private static final String LINK = "gitdir: ";
    private static final String REFERENCE = "ref: ";

    private Commit() {}

    /** The commit, hexadecimal; nothing where there is no repository, or none that can be read. */
    static Optional<String> of(Path folder) {
        try {
            for (Path at = folder.toAbsolutePath().normalize(); at != null; at = at.getParent()) {
                Path git = at.resolve(".git");
                if (Files.exists(git)) {
                    return head(Files.isDirectory(git) ? git : linked(git));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            // What the commit was is worth knowing, and not worth a run.
            return Optional.empty();
        }
    }

    /** A further work tree has a file that names its part of the repository. */
    private static Path linked(Path file) throws IOException {
        String line = Files.readString(file).strip();
        return line.startsWith(LINK) ? file.resolveSibling(line.substring(LINK.length())) : file;
    }

    private static Optional<String> head(Path git) throws IOException {
        Path file = git.resolve("HEAD");
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        String head = Files.readString(file).strip();
        if (!head.startsWith(REFERENCE)) {
            return Optional.of(head).filter(HASH.asMatchPredicate());
        }
        String name = head.substring(REFERENCE.length());
        Path commondir = git.resolve("commondir");
        Path common = Files.isRegularFile(commondir) ? git.resolve(Files.readString(commondir).strip()) : git;
        Path reference = common.resolve(name);
        return Files.isRegularFile(reference) ? Optional.of(Files.readString(reference).strip()).filter(HASH.asMatchPredicate()) : packed(common, name);
    }

    private static Optional<String> packed(Path common, String name) throws IOException {
        Path file = common.resolve("packed-refs");
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.endsWith(" " + name)).map(line -> line.substring(0, line.indexOf(' '))).filter(HASH.asMatchPredicate()).findFirst();
        }
    }
}
