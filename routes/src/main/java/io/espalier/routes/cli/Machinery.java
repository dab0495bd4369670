package io.espalier.routes.cli;

import io.espalier.engine.Engine;
import io.espalier.routes.Binder;
import java.nio.file.Path;
import java.util.List;

/** What the commands need of the machinery below them. */
public interface Machinery {

    /** Loads the plugins of the distribution and of further folders. */
    Binder plugins(Path home, List<Path> folders);

    /** Names of the engines that {@code --engine} can choose. */
    List<String> engines();

    /** @throws io.espalier.api.InputException when there is no engine of that name */
    Engine engine(String name);

    /** Begins a run, or goes on with one. */
    OpenRun begin(RunOrder order);

    Measures measures(Engine engine, Binder binder);
}
