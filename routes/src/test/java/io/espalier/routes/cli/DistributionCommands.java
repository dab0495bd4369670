package io.espalier.routes.cli;

import java.nio.file.Path;
import picocli.CommandLine;

/** The command line as {@link Main} starts it, but within the process of the tests. */
public final class DistributionCommands {

    private DistributionCommands() {}

    public static CommandLine of(Path home) {
        return Main.commandLine(new Workplace(home, new CoreMachinery(Main.ENGINES), false));
    }
}
