package io.espalier.testkit.contract;

import io.espalier.api.ApiVersion;
import io.espalier.catalog.Extension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.pf4j.DefaultVersionManager;
import org.pf4j.PluginClassLoader;

/** What a plugin's jar promises. That it can be loaded at all was seen when it was opened. */
final class JarClaims {

    /** A version of Espalier whose interfaces nobody knows. */
    private static final String FAR_FUTURE = "1000.0.0";

    private final PluginUnderTest plugin;

    JarClaims(PluginUnderTest plugin) {
        this.plugin = plugin;
    }

    List<Claim> all() {
        return List.of(
                new Claim("loads through PF4J, in a loader of its own", this::hasItsOwnLoader),
                new Claim("is gone without its jar", this::isGoneWithoutItsJar),
                new Claim("is not loaded by an Espalier that it was not made for", this::isNotForEveryVersion),
                new Claim("says its licence and what it is for", this::saysItsLicence),
                new Claim("uses io.espalier.api and what its signatures show, and no internals", this::usesNoInternals));
    }

    private BrokenClaim broken(String why) {
        return new BrokenClaim("plugin " + plugin.jar().getFileName() + " " + why);
    }

    private String hasItsOwnLoader() {
        for (Extension extension : plugin.extensions()) {
            ClassLoader loader = extension.instance().getClass().getClassLoader();
            if (!(loader instanceof PluginClassLoader)) {
                throw broken("brings " + extension.instance().getClass().getName() + ", but it comes from the class path; put the class into the jar");
            }
        }
        return plugin.extensions().size() + (plugin.extensions().size() == 1 ? " extension" : " extensions");
    }

    private String isGoneWithoutItsJar() {
        for (Extension extension : plugin.extensions()) {
            String type = extension.instance().getClass().getName();
            try {
                Class.forName(type, false, JarClaims.class.getClassLoader().getParent());
            } catch (ClassNotFoundException gone) {
                continue;
            }
            throw broken("brings " + type + ", which Java's own class path has too; give it a package of the plugin's own");
        }
        return "";
    }

    private String isNotForEveryVersion() {
        String requires = manifest().getOrDefault("Plugin-Requires", "");
        // A lone version means "from this one on".
        String constraint = requires.matches("\\d+\\.\\d+\\.\\d+") ? ">=" + requires : requires;
        if (new DefaultVersionManager().checkVersionConstraint(FAR_FUTURE, constraint)) {
            throw broken("has Plugin-Requires '" + requires + "', so any later Espalier would load it, also one whose interfaces it does not fit;"
                    + " bound it above, for example '>=" + ApiVersion.CURRENT + " & <1.0.0'");
        }
        return requires;
    }

    private String saysItsLicence() {
        Map<String, String> manifest = manifest();
        for (String key : List.of("Plugin-License", "Plugin-Description")) {
            if (manifest.getOrDefault(key, "").isBlank()) {
                throw broken("has no " + key + " in its manifest; write one: "
                        + (key.equals("Plugin-License") ? "an SPDX identifier such as Apache-2.0, so that users know whether they may use it"
                                : "one sentence that `espalier plugins list` shows"));
            }
        }
        return manifest.get("Plugin-License");
    }

    private Map<String, String> manifest() {
        try (JarFile jar = new JarFile(plugin.jar().toFile())) {
            Map<String, String> values = new LinkedHashMap<>();
            Manifest manifest = jar.getManifest();
            manifest.getMainAttributes().forEach((key, value) -> values.put(key.toString(), value.toString().strip()));
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException("plugin " + plugin.jar() + " cannot be read again", e);
        }
    }

    private String usesNoInternals() {
        Map<String, Set<String>> internals = new LinkedHashMap<>();
        int classes = 0;
        try (JarFile jar = new JarFile(plugin.jar().toFile())) {
            List<JarEntry> entries = Collections.list(jar.entries());
            Set<String> own = new TreeSet<>();
            entries.forEach(entry -> own.add(entry.getName()));
            for (JarEntry entry : entries) {
                if (entry.getName().endsWith(".class")) {
                    classes++;
                    for (String used : ClassReferences.of(jar.getInputStream(entry).readAllBytes())) {
                        if (!own.contains(used.replace('.', '/') + ".class") && !ApiSurface.shows(used)) {
                            internals.computeIfAbsent(used, name -> new TreeSet<>()).add(entry.getName().replace(".class", "").replace('/', '.'));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("plugin " + plugin.jar() + " cannot be read again", e);
        }
        if (!internals.isEmpty()) {
            List<String> lines = new ArrayList<>();
            internals.forEach((used, by) -> lines.add(used + " (in " + String.join(", ", by) + ")"));
            throw broken("uses internals of Espalier, which change without notice: " + String.join("; ", lines)
                    + "; use io.espalier.api and what its signatures show");
        }
        return classes + (classes == 1 ? " class" : " classes");
    }
}
