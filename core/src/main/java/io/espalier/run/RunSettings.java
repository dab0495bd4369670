package io.espalier.run;

import io.espalier.catalog.Catalog;
import io.espalier.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a run is made of.
 *
 * @param pipeline name of the pipeline
 * @param text the pipeline file, whole
 * @param parameters what {@code -p} gave, by name
 * @param seed from which all randomness comes
 * @param skipUnreadable whether unreadable images are left out instead of ending the run
 * @param engine what runs the networks
 * @param catalog the extensions at hand
 * @param pluginFolders where extensions come from beyond the distribution
 * @param listener who watches
 */
public record RunSettings(
        String pipeline,
        String text,
        Map<String, String> parameters,
        long seed,
        boolean skipUnreadable,
        Engine engine,
        Catalog catalog,
        List<Path> pluginFolders,
        RunListener listener) {

    public RunSettings {
        parameters = Map.copyOf(parameters);
        pluginFolders = List.copyOf(pluginFolders);
    }
}
