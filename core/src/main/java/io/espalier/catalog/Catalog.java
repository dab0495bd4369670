package io.espalier.catalog;

import io.espalier.api.Criterion;
import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Pruner;
import io.espalier.api.Stage;
import io.espalier.network.UnitKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pf4j.PluginWrapper;

/** Every extension that the plugins at hand bring. Closing it unloads the plugins. */
public final class Catalog implements AutoCloseable {

    private final List<PluginFolder> folders;
    private final SourceFiles files;
    private final JarPlugins loaded = new JarPlugins();
    private final List<Extension.Plugin> plugins = new ArrayList<>();
    private final Map<Point, Map<String, Extension>> extensions = new LinkedHashMap<>();

    private final TimeLimit limit;

    private Catalog(List<PluginFolder> folders, Path home, TimeLimit limit) {
        this.folders = List.copyOf(folders);
        this.files = new SourceFiles(home);
        this.limit = limit;
    }

    /**
     * Loads every plugin jar in the folders, each in a class loader of its own.
     *
     * @param home folder of the distribution: an option's {@code bundled:NAME} is {@code assets/NAME} below it
     * @throws InputException when a folder is not there or a plugin is not whole; names the file and the mend
     */
    public static Catalog open(List<Path> folders, Path home) {
        return of(folders.stream().map(folder -> new PluginFolder(folder, PluginOrigin.GIVEN)).toList(), home);
    }

    /** Likewise, from folders that say where their plugins are from. */
    public static Catalog of(List<PluginFolder> folders, Path home) {
        return of(folders, home, TimeLimit.none());
    }

    /**
     * The same with a limit for calls.
     *
     * @param limit for one call of a stage, a criterion or a pruner of a plugin that is not the distribution's own
     * @throws InputException when a folder is not there or a plugin is not whole; names the file and the mend
     */
    public static Catalog of(List<PluginFolder> folders, Path home, TimeLimit limit) {
        Catalog catalog = new Catalog(folders, home, limit);
        try {
            catalog.jars().forEach(catalog::add);
            return catalog;
        } catch (RuntimeException | Error e) {
            catalog.close();
            throw e;
        }
    }

    /** The same folder may be named twice, by the distribution and by the user. */
    private Map<Path, PluginOrigin> jars() {
        Map<Path, Path> names = new LinkedHashMap<>();
        Map<Path, PluginOrigin> jars = new LinkedHashMap<>();
        for (PluginFolder folder : folders) {
            try {
                for (Path jar : folder.jars()) {
                    if (names.putIfAbsent(jar.toRealPath(), jar) == null) {
                        jars.put(jar, folder.origin());
                    }
                }
            } catch (IOException e) {
                throw new InputException("the plugin folder " + folder.path().toAbsolutePath()
                        + " cannot be read; name a folder that holds plugin jars", e);
            }
        }
        return jars;
    }

    /**
     * What a plugin's jar says of itself; none of its classes is loaded.
     *
     * @throws InputException when it is no jar, or no plugin
     */
    public static Extension.Plugin identify(Path file, PluginOrigin origin) {
        PluginJar jar = PluginJar.read(file);
        jar.checkManifest();
        return plugin(jar, origin);
    }

    /**
     * Versions of Espalier's API that a plugin's jar requires.
     *
     * @throws InputException when it is no jar, or no plugin
     */
    public static Requirement requirement(Path file) {
        PluginJar jar = PluginJar.read(file);
        jar.checkManifest();
        return jar.requires();
    }

    private static Extension.Plugin plugin(PluginJar jar, PluginOrigin origin) {
        return new Extension.Plugin(jar.id(), jar.version(), jar.file(), origin, digest(jar), jar.description());
    }

    private void add(Path file, PluginOrigin origin) {
        PluginJar jar = PluginJar.read(file);
        jar.check();
        plugins.stream().filter(other -> other.id().equals(jar.id())).findFirst().ifPresent(other -> {
            throw jar.refused("its Plugin-Id '" + jar.id() + "' is also that of " + other.jar() + "; take one of the two away");
        });
        Extension.Plugin plugin = plugin(jar, origin);
        plugins.add(plugin);
        PluginWrapper wrapper = loaded.start(jar);
        new ExtensionReader(jar, plugin, wrapper.getPluginClassLoader()).read(loaded.indexed(wrapper)).forEach(this::add);
    }

    private static String digest(PluginJar jar) {
        try {
            return SourceFiles.contentDigest(jar.file());
        } catch (IOException e) {
            throw jar.refused("cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private void add(Extension extension) {
        Map<String, Extension> named = extensions.computeIfAbsent(Point.of(extension.point()), point -> new TreeMap<>());
        Extension other = named.putIfAbsent(extension.name(), extension);
        if (other != null) {
            throw new InputException("plugin " + extension.plugin().jar() + ": brings the " + Point.of(extension.point()).noun() + " '"
                    + extension.name() + "' (" + extension.instance().getClass().getName() + "), and so does "
                    + other.plugin().jar() + " (" + other.instance().getClass().getName() + "); take one of the two away or rename it");
        }
    }

    /**
     * The extension of that point and name. Asked for a {@link Pruner}, it gives the pruner of that name, else the
     * {@link Criterion} of that name if it scores channels: then {@link Extension#point} is {@code Criterion}.
     *
     * @throws InputException when there is none; says what may have been meant and which there are
     */
    public Extension find(Class<?> point, String name) {
        return Optional.ofNullable(byName(point).get(name)).orElseThrow(() -> new InputException(unknown(Point.of(point), name)));
    }

    private String unknown(Point point, String name) {
        Set<String> names = byName(point.type()).keySet();
        String there = "there is no " + point.noun() + " '" + name + "'";
        if (names.isEmpty()) {
            String where = folders.stream().map(folder -> folder.path().toString()).collect(Collectors.joining(", "));
            return there + ": no plugin at hand brings a " + point.noun() + " (looked in " + where + ")";
        }
        boolean noChannels = point == Point.PRUNER && byName(Criterion.class).containsKey(name);
        return there
                + (noChannels ? "; the criterion of that name does not score channels" : Suggestion.clause(name, names))
                + " (" + point.plural() + ": " + String.join(", ", names) + ")";
    }

    /** Every extension once, by point and name. */
    public List<Extension> all() {
        return Stream.of(Point.values()).flatMap(point -> own(point).values().stream()).toList();
    }

    /** Extensions of a point, by name. Criteria that score channels are among the {@link Pruner}s. */
    public List<Extension> all(Class<?> point) {
        return List.copyOf(byName(point).values());
    }

    private Map<String, Extension> byName(Class<?> point) {
        Map<String, Extension> found = new TreeMap<>(own(Point.of(point)));
        if (point == Pruner.class) {
            own(Point.CRITERION).values().stream().filter(Catalog::scoresChannels).forEach(e -> found.putIfAbsent(e.name(), e));
        }
        return found;
    }

    private Map<String, Extension> own(Point point) {
        return extensions.getOrDefault(point, Map.of());
    }

    private static boolean scoresChannels(Extension extension) {
        return extension.instance() instanceof Criterion<?> criterion && criterion.units().contains(UnitKind.CHANNEL);
    }

    /** The plugins, in the order of their folders and file names. */
    public List<Extension.Plugin> plugins() {
        return List.copyOf(plugins);
    }

    /**
     * Binds options given as text. Files are not read: see {@link BoundOptions.Entry#canonical}.
     *
     * @throws OptionException names the option at fault and the mend
     */
    public BoundOptions bind(Extension extension, Map<String, String> given) {
        return new Binding(this, files).bind(extension, given);
    }

    /** The instance of an extension as those get it who call it. */
    @SuppressWarnings("unchecked")
    Object guarded(Extension extension) {
        boolean ours = extension.plugin().origin() == PluginOrigin.DISTRIBUTION;
        GuardedCall call = new GuardedCall(extension, ours ? TimeLimit.none() : limit);
        Object instance = extension.instance();
        if (extension.point() == Criterion.class) {
            return new GuardedCriterion((Criterion<Record>) instance, call);
        }
        if (extension.point() == Pruner.class) {
            return new GuardedPruner((Pruner<Record>) instance, call);
        }
        if (extension.point() == ModelReader.class) {
            return new GuardedModelReader((ModelReader<Record>) instance, call);
        }
        if (extension.point() == DatasetReader.class) {
            return new GuardedDatasetReader((DatasetReader<Record>) instance, call);
        }
        // The distribution's own stages are tested not to change anything, and may take days.
        return extension.point() == Stage.class && !ours ? new GuardedStage((Stage<Record>) instance, call) : instance;
    }

    /** Every option of an extension, those of the default nested extensions included. */
    public List<OptionDescription> describe(Extension extension) {
        return OptionTree.of(this, extension, Map.of()).options().map(b -> b.component().describe(b.name())).toList();
    }

    @Override
    public void close() {
        // Not stopPlugins() first: in PF4J 3.15 it removes from the list that it walks. Unloading stops each plugin too.
        loaded.unloadPlugins();
    }
}
