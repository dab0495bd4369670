package io.espalier.run;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.espalier.api.InputException;
import io.espalier.catalog.Extension;
import io.espalier.engine.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run was begun with: the content of its {@code run.json}.
 *
 * @param pipeline name of the pipeline
 * @param text the pipeline file, whole
 * @param parameters what {@code -p} gave, by name
 * @param seed from which all randomness comes
 * @param skipUnreadable whether unreadable images are left out instead of ending the run
 * @param engine name of the engine
 * @param precision in what its convolutions read
 * @param engineFingerprint what changes the engine's results to the bit
 * @param started when
 * @param versions of Espalier, Java and the libraries, by name; {@code commit} is that of the folder the user was in, if Git keeps it
 * @param machine what it ran on, by name
 * @param plugins what was at hand, by id
 * @param pluginFolders where plugins come from beyond the distribution, absolute
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RunDescription(
        String pipeline,
        String text,
        Map<String, String> parameters,
        long seed,
        boolean skipUnreadable,
        String engine,
        String precision,
        String engineFingerprint,
        Instant started,
        Map<String, String> versions,
        Map<String, String> machine,
        List<Plugin> plugins,
        List<String> pluginFolders) {

    /**
     * A plugin that was at hand.
     *
     * @param id its id
     * @param version its version
     * @param digest SHA-256 of its file, hexadecimal
     * @param origin how it came to be at hand: {@code distribution}, {@code installed} or {@code given}; null in older runs
     * @param file its jar, absolute; null in older runs
     */
    public record Plugin(String id, String version, String digest, String origin, String file) {

        static Plugin of(Extension.Plugin plugin) {
            return new Plugin(
                    plugin.id(), plugin.version(), plugin.digest(), plugin.origin().word(), plugin.jar().toAbsolutePath().normalize().toString());
        }
    }

    public RunDescription {
        // Runs of before there was a choice do not say.
        precision = precision == null ? Precision.FLOAT32.text() : precision;
        parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
        versions = Collections.unmodifiableMap(new TreeMap<>(versions));
        machine = Collections.unmodifiableMap(new TreeMap<>(machine));
        plugins = List.copyOf(plugins);
        pluginFolders = List.copyOf(pluginFolders);
    }

    static RunDescription of(RunSettings settings, List<Extension.Plugin> plugins) {
        return new RunDescription(
                settings.pipeline(),
                settings.text(),
                settings.parameters(),
                settings.seed(),
                settings.skipUnreadable(),
                settings.engine().name(),
                settings.engine().precision().text(),
                settings.engine().fingerprint(),
                Instant.now(),
                Machine.versions(),
                Machine.description(),
                plugins.stream()
                        .map(Plugin::of)
                        .sorted(Comparator.comparing(Plugin::id))
                        .toList(),
                settings.pluginFolders().stream().map(folder -> folder.toAbsolutePath().normalize().toString()).toList());
    }

    /** The same without the text of the pipeline, for the journal. */
    RunDescription withoutText() {
        return new RunDescription(
                pipeline, "", parameters, seed, skipUnreadable, engine, precision, engineFingerprint, started, versions, machine, plugins, pluginFolders);
    }

    /** @throws InputException when the folder is no run directory, or its {@code run.json} is none */
    static RunDescription read(Path directory) {
        Path file = new Layout(directory).description();
        if (!Files.isRegularFile(file)) {
            throw new InputException(directory + " is no run directory: it holds no run.json. `./espalier runs list` shows the runs");
        }
        try {
            return Json.MAPPER.readValue(file.toFile(), RunDescription.class);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new InputException(file + ":" + line + " is no description of a run (" + e.getOriginalMessage() + "); begin a new run", e);
        } catch (IOException e) {
            throw new InputException(file + " cannot be read (" + e + "); look at its permissions", e);
        }
    }
}
