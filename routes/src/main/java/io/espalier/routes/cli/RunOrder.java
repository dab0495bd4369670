package io.espalier.routes.cli;

import io.espalier.engine.Engine;
import io.espalier.routes.Binder;
import io.espalier.routes.Pipeline;
import io.espalier.run.RunListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a run is to be made of.
 *
 * @param pipeline checked
 * @param seed from which all randomness comes
 * @param skipUnreadable whether unreadable images are left out instead of ending the run
 * @param engine what runs the networks
 * @param binder the extensions at hand
 * @param pluginFolders where extensions come from beyond the distribution
 * @param listener who watches
 * @param parent folder in which a new run's directory is made
 * @param resume directory of the run to go on with
 */
public record RunOrder(
        Pipeline pipeline,
        long seed,
        boolean skipUnreadable,
        Engine engine,
        Binder binder,
        List<Path> pluginFolders,
        RunListener listener,
        Path parent,
        Optional<Path> resume) {}
