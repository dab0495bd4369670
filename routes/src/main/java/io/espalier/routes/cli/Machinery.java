package io.espalier.routes.cli;

import io.espalier.catalog.PluginFolder;
import io.espalier.catalog.TimeLimit;
import io.espalier.engine.Engine;
import io.espalier.engine.Precision;
import io.espalier.routes.Binder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** What the commands need of the machinery below them. */
public interface Machinery {

    /** Begins to load what engines need, beside whatever else is done before one is asked for. */
    default void loadAhead() {
        // Nothing is slow to load, unless a machinery says so.
    }

    /**
     * Loads the plugins in folders.
     *
     * @param limit for one call of a plugin that is not the distribution's own
     */
    Binder plugins(Path home, List<PluginFolder> folders, TimeLimit limit);

    /** Names of the engines that {@code --engine} can choose. */
    List<String> engines();

    /**
     * @param precision in what its convolutions read
     * @param says told, once each, why something else runs than would be thought
     * @throws io.espalier.api.InputException when there is no engine of that name, or none of that precision on this machine
     */
    Engine engine(String name, Precision precision, Consumer<String> says);

    /** Begins a run, or goes on with one. */
    OpenRun begin(RunOrder order);

    Measures measures(Engine engine, Binder binder);
}
