package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.routes.plugins.Download;
import io.espalier.routes.plugins.Repository;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options {@code --repository} and {@code --timeout}. */
final class RepositoryOptions {

    private static final String VARIABLE = "ESPALIER_REPOSITORY";

    @Option(names = "--repository", paramLabel = "URL|DIR",
            description = "Where plugins are: a folder with a plugins.json, or the address of one (default: the variable " + VARIABLE + ").")
    private Optional<String> place = Optional.empty();

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "30", description = "How long a server may say nothing (default: ${DEFAULT-VALUE}).")
    private int timeout;

    /** The repository named. */
    Optional<String> place() {
        return place.or(() -> Optional.ofNullable(System.getenv(VARIABLE)).filter(text -> !text.isBlank()));
    }

    Repository open() {
        return Repository.open(
                place().orElseThrow(() -> new InputException("no repository is named\n    give --repository URL|DIR, or set " + VARIABLE)), download());
    }

    Download download() {
        if (timeout < 1 || timeout > 86_400) {
            throw new InputException("--timeout " + timeout + " is out of range: 1 to 86400 seconds");
        }
        return new Download(Duration.ofSeconds(timeout));
    }
}
