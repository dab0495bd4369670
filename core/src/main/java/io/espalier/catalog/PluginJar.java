package io.espalier.catalog;

import com.github.zafarkhaja.semver.Version;
import io.espalier.api.ApiVersion;
import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.pf4j.ManifestPluginDescriptorFinder;
import org.pf4j.processor.IndexedExtensionStorage;

/**
 * A plugin's file, read before any of its classes is loaded.
 *
 * @param file the jar
 * @param manifest main attributes of its manifest
 * @param bundled first entry that lies in a package which plugins take from Espalier
 * @param indexed whether PF4J's index of extensions is there
 * @param netted names of classes that mention DL4J or our layers, so that they may be layers themselves
 * @param marked names of classes that mention PF4J's {@code @Extension}
 */
record PluginJar(
        Path file, Attributes manifest, Optional<String> bundled, boolean indexed, List<String> netted, List<String> marked) {

    static final String PROCESSOR = "org.pf4j.processor.ExtensionAnnotationProcessor";

    private static final String ATTRIBUTES = "Plugin-Id, Plugin-Version, Plugin-Requires";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final Pattern VERSIONED = Pattern.compile("^META-INF/versions/\\d+/");

    /** @throws InputException when it is no readable jar */
    static PluginJar read(Path file) {
        try (JarFile jar = new JarFile(file.toFile())) {
            List<String> entries = new ArrayList<>();
            List<String> netted = new ArrayList<>();
            List<String> marked = new ArrayList<>();
            for (JarEntry entry : Collections.list(jar.entries())) {
                String name = VERSIONED.matcher(entry.getName()).replaceFirst("");
                if (!entry.isDirectory()) {
                    entries.add(name);
                }
                if (name.endsWith(".class")) {
                    sort(name, constants(jar, entry), netted, marked);
                }
            }
            Manifest manifest = jar.getManifest();
            return new PluginJar(
                    file,
                    manifest == null ? new Attributes() : manifest.getMainAttributes(),
                    entries.stream().filter(SharedPackages::hold).findFirst(),
                    entries.contains(IndexedExtensionStorage.EXTENSIONS_RESOURCE),
                    netted,
                    marked);
        } catch (IOException | SecurityException e) {
            throw new InputException(
                    "plugin " + file + ": is no readable jar (" + e.getMessage() + "); copy it again or take it away", e);
        }
    }

    /** Names in a class file's constants are plain ASCII wherever they matter here, so the bytes can be searched as text. */
    private static String constants(JarFile jar, JarEntry entry) throws IOException {
        return new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private static void sort(String entry, String constants, List<String> netted, List<String> marked) {
        String className = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
        if (constants.contains("org/deeplearning4j/") || constants.contains("io/espalier/layers/")) {
            netted.add(className);
        }
        if (constants.contains("Lorg/pf4j/Extension;")) {
            marked.add(className);
        }
    }

    /** What PF4J lets pass, or drops without a word, and what its manifest lacks. */
    void check() {
        checkManifest();
        bundled.ifPresent(entry -> {
            throw refused("bundles " + entry + ", but plugins take " + SharedPackages.of(entry).orElseThrow()
                    + " from Espalier; give that dependency the scope 'provided' and build the plugin anew");
        });
        checkRequires();
        checkStandsAlone();
        if (!indexed) {
            throw refused("has no META-INF/extensions.idx, so PF4J finds nothing in it; compile it with the annotation processor "
                    + PROCESSOR + " named explicitly (JDK 23 and later run none that is not named)");
        }
    }

    void checkManifest() {
        if (Stream.of("Plugin-Id", "Plugin-Version", "Plugin-Requires").noneMatch(key -> manifest.getValue(key) != null)) {
            throw refused("is no plugin: its manifest has no Plugin-Id; write " + ATTRIBUTES
                    + " into the manifest, or keep other jars out of this folder");
        }
        if (!ID.matcher(id()).matches()) {
            throw refused("its manifest's Plugin-Id is '" + id()
                    + "'; write one of letters, digits, '.', '_' and '-', for example 'my-criteria'");
        }
        if (!Version.isValid(version())) {
            throw refused("its manifest's Plugin-Version is '" + version() + "'; write a semantic version, for example '1.0.0'");
        }
    }

    private void checkRequires() {
        Requirement requires = requires();
        if (requires.text().isBlank()) {
            throw refused("its manifest has no Plugin-Requires; write the versions of Espalier's API it works with, " + Requirement.example());
        }
        if (!isMet(requires)) {
            throw refused("requires Espalier's API " + requires.text() + ", and this is " + ApiVersion.CURRENT
                    + "; take a version of the plugin that was made for this one, or another Espalier");
        }
    }

    private boolean isMet(Requirement requires) {
        try {
            return requires.isMet();
        } catch (InputException e) {
            throw refused("its manifest's Plugin-Requires " + e.getMessage(), e);
        }
    }

    /** A result is keyed by the digest of the plugin's file: what it runs must all be in that file. */
    private void checkStandsAlone() {
        if (!value(ManifestPluginDescriptorFinder.PLUGIN_DEPENDENCIES).isBlank()) {
            throw refused("its manifest has Plugin-Dependencies, but a plugin stands alone; put the classes it needs into its jar");
        }
        if (!value(Attributes.Name.CLASS_PATH.toString()).isBlank()) {
            throw refused("its manifest has a Class-Path, but a plugin stands alone; put the classes it needs into its jar");
        }
    }

    String id() {
        return value(ManifestPluginDescriptorFinder.PLUGIN_ID);
    }

    String version() {
        return value(ManifestPluginDescriptorFinder.PLUGIN_VERSION);
    }

    String description() {
        return value(ManifestPluginDescriptorFinder.PLUGIN_DESCRIPTION);
    }

    Requirement requires() {
        return new Requirement(value(ManifestPluginDescriptorFinder.PLUGIN_REQUIRES));
    }

    private String value(String key) {
        String value = manifest.getValue(key);
        return value == null ? "" : value.strip();
    }

    InputException refused(String why) {
        return new InputException("plugin " + file + ": " + why);
    }

    InputException refused(String why, Throwable cause) {
        return new InputException("plugin " + file + ": " + why, cause);
    }
}
