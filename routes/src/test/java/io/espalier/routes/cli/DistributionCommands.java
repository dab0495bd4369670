package io.espalier.routes.cli;

import io.espalier.routes.plugins.InstalledPlugins;
import java.nio.file.Path;
import picocli.CommandLine;

/** The command line as {@link Main} starts it, but within the process of the tests. */
public final class DistributionCommands {

    private DistributionCommands() {}

    /** @param installed folder of installed plugins; none of the user's own, which would decide what the tests see */
    public static CommandLine of(Path home, Path installed) {
        return Main.commandLine(new Workplace(home, new InstalledPlugins(installed), new CoreMachinery(Main.ENGINES), false));
    }
}
