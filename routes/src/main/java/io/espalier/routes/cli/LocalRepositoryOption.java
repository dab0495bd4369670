package io.espalier.routes.cli;

import io.espalier.routes.authors.AuthorKit;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option {@code --maven-repository}. */
final class LocalRepositoryOption {

    @Option(names = "--maven-repository", paramLabel = "DIR",
            description = "Maven's local repository (default: as MAVEN_ARGS, MAVEN_OPTS or settings.xml say, else ~/.m2/repository).")
    private Optional<Path> given = Optional.empty();

    Path path() {
        return given.orElseGet(() -> AuthorKit.localRepository(System.getenv(), Path.of(System.getProperty("user.home"))));
    }
}
