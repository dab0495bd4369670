package io.espalier.catalog;

import io.espalier.api.Criterion;
import io.espalier.api.Flow;
import io.espalier.api.Named;
import io.espalier.network.UnitKind;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.Layer;

/** Turns the classes that a plugin lists into extensions, and refuses by name what PF4J would leave out in silence. */
final class ExtensionReader {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");
    private static final List<Class<?>> SAVED_WITH_NETWORKS = List.of(Layer.class, GraphVertex.class, InputPreProcessor.class);

    private final PluginJar jar;
    private final Extension.Plugin plugin;
    private final ClassLoader loader;

    ExtensionReader(PluginJar jar, Extension.Plugin plugin, ClassLoader loader) {
        this.jar = jar;
        this.plugin = plugin;
        this.loader = loader;
    }

    List<Extension> read(List<String> indexed) {
        jar.netted().forEach(this::refuseLayer);
        jar.marked().stream().filter(name -> !indexed.contains(name)).forEach(this::refuseUnlisted);
        if (indexed.isEmpty()) {
            throw jar.refused("brings no extension: its META-INF/extensions.idx is empty; annotate a class with @Extension and compile"
                    + " it with the annotation processor " + PluginJar.PROCESSOR);
        }
        return indexed.stream().flatMap(name -> extensions(load(name))).toList();
    }

    private void refuseLayer(String className) {
        if (loadIfWhole(className).filter(ExtensionReader::isSavedWithNetworks).isPresent()) {
            throw jar.refused("brings the DL4J layer " + className
                    + "; layers live in core: a saved network must load without the plugin");
        }
    }

    private static boolean isSavedWithNetworks(Class<?> type) {
        return SAVED_WITH_NETWORKS.stream().anyMatch(saved -> saved.isAssignableFrom(type));
    }

    private void refuseUnlisted(String className) {
        boolean extension = loadIfWhole(className)
                .filter(type -> type.isAnnotationPresent(org.pf4j.Extension.class) && !Modifier.isAbstract(type.getModifiers()))
                .isPresent();
        if (extension) {
            throw jar.refused("its class " + className + " is an @Extension, but META-INF/extensions.idx does not list it;"
                    + " build the plugin anew from scratch (mvn clean package)");
        }
    }

    /** Classes of libraries in a plugin's jar may lack what they extend; nobody can use those, as layers or otherwise. */
    private Optional<Class<?>> loadIfWhole(String className) {
        try {
            return Optional.of(loader.loadClass(className));
        } catch (ClassNotFoundException | LinkageError e) {
            return Optional.empty();
        }
    }

    private Class<?> load(String className) {
        Class<?> type;
        try {
            type = loader.loadClass(className);
        } catch (ClassNotFoundException e) {
            throw jar.refused("its META-INF/extensions.idx lists " + className
                    + ", which is not in the jar; build the plugin anew from scratch (mvn clean package)", e);
        } catch (UnsupportedClassVersionError e) {
            throw jar.refused("its class " + className + " was compiled for a newer Java than this one, "
                    + Runtime.version().feature() + "; compile the plugin with --release 17", e);
        } catch (LinkageError e) {
            throw jar.refused("its class " + className + " cannot be loaded (" + e
                    + "); build the plugin against this version of Espalier, with the classes it needs in its jar", e);
        }
        if (type.getClassLoader() != loader) {
            throw jar.refused("its META-INF/extensions.idx lists " + className + ", which is not in the jar but comes from Espalier's"
                    + " own class path; put the class into the jar, under a package of the plugin's own");
        }
        return type;
    }

    private Stream<Extension> extensions(Class<?> type) {
        List<Point> points = Point.implementedBy(type);
        if (points.isEmpty()) {
            throw jar.refused("its extension " + type.getName() + " implements no extension point of Espalier; implement one of "
                    + Arrays.stream(Point.values()).map(point -> point.type().getSimpleName()).collect(Collectors.joining(", "))
                    + " from io.espalier.api");
        }
        Named named = named(type);
        Object instance = instance(type);
        if (instance instanceof Criterion<?> criterion) {
            checkUnits(criterion);
        }
        Optional<Flow> flow = Optional.ofNullable(type.getAnnotation(Flow.class));
        return points.stream()
                .map(point -> new Extension(
                        point.type(), named.value(), named.doc(), instance, options(type, point), flow, plugin));
    }

    private Named named(Class<?> type) {
        Named named = type.getAnnotation(Named.class);
        if (named == null) {
            throw jar.refused("its extension " + type.getName() + " has no name; annotate it with @Named(\"...\")");
        }
        if (!NAME.matcher(named.value()).matches()) {
            throw jar.refused("its extension " + type.getName() + " is @Named(\"" + named.value()
                    + "\"); a name has lower-case letters, digits and hyphens, and begins with a letter");
        }
        return named;
    }

    private Object instance(Class<?> type) {
        try {
            return type.getConstructor().newInstance();
        } catch (NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            throw jar.refused("its extension " + type.getName() + " cannot be instantiated; make it a public class that is neither"
                    + " abstract nor an inner one, with a public constructor without parameters", e);
        } catch (InvocationTargetException e) {
            throw jar.refused("its extension " + type.getName() + " cannot be instantiated: its constructor throws "
                    + e.getCause() + "; mend the constructor", e.getCause());
        } catch (LinkageError e) {
            throw jar.refused("its extension " + type.getName() + " cannot be instantiated (" + e
                    + "); mend it, or build the plugin against this version of Espalier", e);
        }
    }

    /** Asked once, here: a criterion that cannot say what it scores would otherwise fail in the middle of a run. */
    private void checkUnits(Criterion<?> criterion) {
        Set<UnitKind> units;
        try {
            units = criterion.units();
        } catch (RuntimeException | LinkageError e) {
            throw jar.refused("units() of its criterion " + criterion.getClass().getName() + " throws " + e + "; mend it", e);
        }
        if (units == null || units.isEmpty()) {
            throw jar.refused("its criterion " + criterion.getClass().getName() + " scores no kind of unit; let units() name one");
        }
    }

    private Class<? extends Record> options(Class<?> type, Point point) {
        String simple = point.type().getSimpleName();
        Class<? extends Record> options = OptionsRecord.of(type, point.type())
                .orElseThrow(() -> jar.refused("which options " + type.getName() + " has cannot be told; implement " + simple
                        + "<Options> with a record of its own, or " + simple + "<NoOptions>"));
        try {
            OptionsRecord.components(options);
        } catch (IllegalArgumentException e) {
            throw jar.refused("the options of its extension " + type.getName() + " are wrong: " + e.getMessage(), e);
        } catch (LinkageError | TypeNotPresentException e) {
            throw jar.refused("the options of its extension " + type.getName() + " cannot be read (" + e
                    + "); put the classes it needs into its jar", e);
        }
        return options;
    }
}
