package io.espalier.catalog;

import io.espalier.api.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Files and folders that options name, and the digests of what is in them. */
final class SourceFiles {

    static final String BUNDLED = "bundled:";

    private static final int BLOCK = 1 << 16;

    private final Path assets;
    private final Map<Seen, String> digests = new ConcurrentHashMap<>();

    /** @param home folder of the distribution, {@code bundled:NAME} is {@code assets/NAME} below it */
    SourceFiles(Path home) {
        this.assets = home.resolve("assets").toAbsolutePath().normalize();
    }

    /** Where a file is that an option names; an {@link OptionException} when it is not there. */
    Path find(String option, String text) {
        Path path = text.startsWith(BUNDLED) ? bundled(option, text) : given(option, text);
        if (!Files.isReadable(path)) {
            throw new OptionException(option, option + "=" + text + ": " + path + " may not be read by this user");
        }
        return path;
    }

    private Path given(String option, String text) {
        if (text.isBlank()) {
            throw new OptionException(option, option + "= names no file or folder; write the path of one");
        }
        Path path = path(option, text);
        Path absolute = path.toAbsolutePath().normalize();
        if (!Files.exists(absolute)) {
            String where = path.isAbsolute() ? "" : " in " + Path.of("").toAbsolutePath();
            String mend = text.startsWith("~") ? "; write your home folder out, '~' means nothing here" : "";
            throw new OptionException(option, option + "=" + text + ": there is no file or folder '" + text + "'" + where + mend);
        }
        return absolute;
    }

    private Path bundled(String option, String text) {
        String name = text.substring(BUNDLED.length());
        Path path = assets.resolve(path(option, name)).normalize();
        if (name.isBlank() || !path.startsWith(assets) || !Files.exists(path)) {
            throw new OptionException(option, option + "=" + text + ": nothing called '" + name + "' is bundled in " + assets
                    + Suggestion.clause(name, bundledNames()));
        }
        return path;
    }

    private List<String> bundledNames() {
        if (!Files.isDirectory(assets)) {
            return List.of();
        }
        try (Stream<Path> names = Files.list(assets)) {
            return names.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new InputException("the folder " + assets + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Path path(String option, String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new OptionException(option, option + "=" + text + " is no path: " + e.getMessage());
        }
    }

    /**
     * SHA-256, hexadecimal: of a file its content, of a folder the names and contents of every file below it. Files that
     * lie beside a file and whose names go on from its name are part of it, as {@code net.onnx.data} is of {@code net.onnx}
     * (ONNX's external data). A file is read again only if its size or its time changed.
     *
     * @throws InputException when it cannot be read
     */
    String digest(Path path) {
        try {
            return Files.isDirectory(path) ? folderDigest(path) : wholeDigest(path);
        } catch (IOException | UncheckedIOException e) {
            throw new InputException(path + " cannot be read: " + e.getMessage(), e);
        }
    }

    private String wholeDigest(Path file) throws IOException {
        List<Path> parts = parts(file);
        return parts.size() <= 1 ? fileDigest(file) : namedDigest(file.getParent(), parts);
    }

    /** The file and those that go on from it; nothing when its folder may be passed through but not listed. */
    private static List<Path> parts(Path file) throws IOException {
        if (!Files.isReadable(file.getParent())) {
            return List.of();
        }
        String name = file.getFileName().toString();
        try (Stream<Path> beside = Files.list(file.getParent())) {
            return beside.filter(other -> other.getFileName().toString().startsWith(name)).filter(Files::isRegularFile).sorted().toList();
        }
    }

    private String folderDigest(Path folder) throws IOException {
        return namedDigest(folder, filesBelow(folder));
    }

    private String namedDigest(Path folder, List<Path> files) throws IOException {
        MessageDigest sha = sha256();
        for (Path file : files) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            sha.update((name + "\0" + fileDigest(file) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(sha.digest());
    }

    private static List<Path> filesBelow(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private String fileDigest(Path file) throws IOException {
        Seen seen = new Seen(file, Files.size(file), Files.getLastModifiedTime(file));
        String known = digests.get(seen);
        if (known == null) {
            known = contentDigest(file);
            digests.put(seen, known);
        }
        return known;
    }

    /** SHA-256 of a file's content, hexadecimal. */
    static String contentDigest(Path file) throws IOException {
        MessageDigest sha = sha256();
        byte[] block = new byte[BLOCK];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                sha.update(block, 0, read);
            }
        }
        return HexFormat.of().formatHex(sha.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private record Seen(Path file, long size, FileTime time) {}
}
