package io.espalier.routes.authors;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What builds of plugins need of Espalier: core and the test kit, which the distribution carries in a Maven repository of its
 * own. They go into the user's local repository rather than into a pom as a further one, since a mirror of everything, which
 * many firms have, would hide that.
 *
 * @param repository of the distribution
 */
public record AuthorKit(Path repository) {

    private static final Pattern ON_COMMAND_LINE = Pattern.compile("-Dmaven\\.repo\\.local=(\\S+)");
    private static final Pattern IN_SETTINGS = Pattern.compile("<localRepository>\\s*(.*?)\\s*</localRepository>");
    private static final Pattern COMMENT = Pattern.compile("<!--.*?-->", Pattern.DOTALL);

    /** Of a distribution. */
    public static AuthorKit of(Path home) {
        return new AuthorKit(home.resolve("repository"));
    }

    /**
     * Where Maven keeps what it downloaded: as {@code MAVEN_ARGS} or {@code MAVEN_OPTS} say, else the user's settings, else
     * {@code .m2/repository}.
     */
    public static Path localRepository(Map<String, String> environment, Path userHome) {
        for (String variable : List.of("MAVEN_ARGS", "MAVEN_OPTS")) {
            Matcher given = ON_COMMAND_LINE.matcher(environment.getOrDefault(variable, ""));
            if (given.find()) {
                return Path.of(given.group(1));
            }
        }
        return inSettings(userHome).orElse(userHome.resolve(".m2/repository"));
    }

    private static Optional<Path> inSettings(Path userHome) {
        Path settings = userHome.resolve(".m2/settings.xml");
        if (!Files.isRegularFile(settings)) {
            return Optional.empty();
        }
        try {
            Matcher element = IN_SETTINGS.matcher(COMMENT.matcher(Files.readString(settings)).replaceAll(""));
            return element.find() ? Optional.of(Path.of(element.group(1).replace("${user.home}", userHome.toString()))) : Optional.empty();
        } catch (IOException e) {
            throw new InputException(settings + " cannot be read: " + e + "\n    say where Maven's local repository is with --maven-repository", e);
        }
    }

    /**
     * Puts core and the test kit there; what is there already and the same stays as it is.
     *
     * @throws InputException when the distribution has none, or the repository cannot be written
     */
    public void installInto(Path local) {
        if (!Files.isDirectory(repository)) {
            throw new InputException("this distribution has no " + repository + ", from which plugins are built\n    build it anew: mvn -DskipTests package");
        }
        try (Stream<Path> files = Files.walk(repository)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                copy(file, local.resolve(repository.relativize(file).toString()));
            }
        } catch (IOException e) {
            throw new InputException("Maven's local repository " + local + " cannot be written: " + e
                    + "\n    name another one with --maven-repository, and to Maven with -Dmaven.repo.local", e);
        }
    }

    /** Whole or not at all: a build may be reading. */
    private static void copy(Path from, Path to) throws IOException {
        if (Files.isRegularFile(to) && Files.mismatch(from, to) < 0) {
            return;
        }
        Files.createDirectories(to.getParent());
        Path partial = Files.createTempFile(to.getParent(), to.getFileName().toString(), ".partial");
        Files.copy(from, partial, StandardCopyOption.REPLACE_EXISTING);
        Files.move(partial, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
