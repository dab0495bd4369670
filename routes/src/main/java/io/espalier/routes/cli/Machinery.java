package io.espalier.routes.cli;

import io.espalier.catalog.TimeLimit;
import io.espalier.engine.Engine;
import io.espalier.routes.Binder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** What the commands need of the machinery below them. */
public interface Machinery {

    /** Loads the plugins of the distribution and of further folders. */
    default Binder plugins(Path home, List<Path> folders) {
        return plugins(home, folders, TimeLimit.none());
    }

    /** The same with a limit for each call of a plugin that is not the distribution's own. */
    Binder plugins(Path home, List<Path> folders, TimeLimit limit);

    /** Names of the engines that {@code --engine} can choose. */
    List<String> engines();

    /**
     * @param says told, once each, why something else runs than would be thought
     * @throws io.espalier.api.InputException when there is no engine of that name, or none on this machine
     */
    Engine engine(String name, Consumer<String> says);

    /** Begins a run, or goes on with one. */
    OpenRun begin(RunOrder order);

    Measures measures(Engine engine, Binder binder);
}
