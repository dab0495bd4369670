package io.espalier.testkit.contract;

import io.espalier.api.Stage;
import io.espalier.data.Batches;
import io.espalier.data.DataException;
import io.espalier.data.InMemory;
import io.espalier.data.Preparation;
import io.espalier.engine.Evaluation;
import io.espalier.engine.Trainer;
import io.espalier.engine.TrainingException;
import io.espalier.network.UnsupportedTopologyException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.activations.IActivation;

/**
 * What of Espalier a plugin may use: {@code io.espalier.api}, the types that its signatures show (and those that theirs show),
 * and functions on these: classes of public static methods alone, such as {@code Channels} and {@code Surgeon}, whose
 * signatures show nothing else. Besides, what a stage trains, evaluates and reads images with, what these throw, and the
 * layers of ours, which a network's nodes hold.
 */
final class ApiSurface {

    private static final String OURS = "io.espalier.";
    private static final List<String> ROOMS = List.of("data", "layers", "network", "engine", "api");

    private static final List<Class<?>> ENTRANCES = List.of(
            Trainer.class, Evaluation.class, Batches.class, Preparation.class, InMemory.class,
            TrainingException.class, DataException.class, UnsupportedTopologyException.class);

    private static final Set<String> NAMES = compute();

    private ApiSurface() {}

    static boolean shows(String className) {
        return !className.startsWith(OURS) || NAMES.contains(className) || NAMES.contains(outermost(className));
    }

    private static String outermost(String className) {
        int nested = className.indexOf('$');
        return nested < 0 ? className : className.substring(0, nested);
    }

    static Set<String> names() {
        return NAMES;
    }

    private static Set<String> compute() {
        List<Class<?>> all = classes();
        Set<String> shown = new TreeSet<>();
        Deque<Class<?>> open = new ArrayDeque<>(all.stream().filter(ApiSurface::isApiOrLayer).toList());
        open.addAll(ENTRANCES);
        grow(shown, open);
        boolean grown = true;
        while (grown) {
            List<Class<?>> functions = all.stream()
                    .filter(type -> !shown.contains(type.getName()) && isFunctionsOn(shown, type))
                    .toList();
            grown = !functions.isEmpty();
            open.addAll(functions);
            grow(shown, open);
        }
        return shown;
    }

    private static boolean isApiOrLayer(Class<?> type) {
        return type.getPackageName().equals("io.espalier.api")
                || Stream.of(Layer.class, GraphVertex.class, IActivation.class).anyMatch(saved -> saved.isAssignableFrom(type));
    }

    private static void grow(Set<String> shown, Deque<Class<?>> open) {
        while (!open.isEmpty()) {
            Class<?> type = open.pop();
            if (type.getName().startsWith(OURS) && shown.add(type.getName())) {
                signatures(type).forEach(open::push);
            }
        }
    }

    private static boolean isFunctionsOn(Set<String> shown, Class<?> type) {
        List<Method> methods = Arrays.stream(type.getDeclaredMethods()).filter(method -> Modifier.isPublic(method.getModifiers())).toList();
        return type.getConstructors().length == 0
                && !methods.isEmpty()
                && methods.stream().allMatch(method -> Modifier.isStatic(method.getModifiers()))
                && signatures(type).allMatch(used -> used == type || !used.getName().startsWith(OURS) || shown.contains(used.getName())
                        || used.getEnclosingClass() == type);
    }

    /** Types in what a class declares for others. */
    private static Stream<Class<?>> signatures(Class<?> type) {
        Stream<Type> heirs = Stream.concat(Stream.ofNullable(type.getGenericSuperclass()), Arrays.stream(type.getGenericInterfaces()));
        Stream<Type> fields = Arrays.stream(type.getDeclaredFields()).filter(ApiSurface::isOpen).map(Field::getGenericType);
        Stream<Executable> methods = Stream.concat(
                Arrays.stream(type.getDeclaredMethods()).filter(method -> isOpen(method.getModifiers())).map(Method.class::cast),
                Arrays.stream(type.getDeclaredConstructors()).filter(made -> isOpen(made.getModifiers())).map(Constructor.class::cast));
        Stream<Type> nested = Arrays.stream(type.getDeclaredClasses()).filter(inner -> isOpen(inner.getModifiers())).map(Type.class::cast);
        return Stream.of(heirs, fields, methods.flatMap(ApiSurface::types), nested)
                .flatMap(types -> types)
                .flatMap(ApiSurface::classesOf)
                .distinct();
    }

    private static Stream<Type> types(Executable method) {
        Stream<Type> given = Stream.concat(Arrays.stream(method.getGenericParameterTypes()), Arrays.stream(method.getGenericExceptionTypes()));
        return method instanceof Method returning ? Stream.concat(given, Stream.of(returning.getGenericReturnType())) : given;
    }

    private static boolean isOpen(Field field) {
        return isOpen(field.getModifiers());
    }

    private static boolean isOpen(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static Stream<Class<?>> classesOf(Type type) {
        if (type instanceof Class<?> plain) {
            return Stream.of(plain.isArray() ? plain.getComponentType() : plain);
        }
        if (type instanceof ParameterizedType generic) {
            return Stream.concat(classesOf(generic.getRawType()), Arrays.stream(generic.getActualTypeArguments()).flatMap(ApiSurface::classesOf));
        }
        if (type instanceof WildcardType any) {
            return Arrays.stream(any.getUpperBounds()).flatMap(ApiSurface::classesOf);
        }
        return type instanceof GenericArrayType array ? classesOf(array.getGenericComponentType()) : Stream.empty();
    }

    /** Public classes of core's rooms up to the api. */
    private static List<Class<?>> classes() {
        URI core = URI.create(Stage.class.getProtectionDomain().getCodeSource().getLocation().toString());
        try {
            if (Files.isDirectory(Path.of(core))) {
                return classes(Path.of(core));
            }
            try (FileSystem jar = FileSystems.newFileSystem(Path.of(core))) {
                return classes(jar.getPath("/"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("core's own classes cannot be listed", e);
        }
    }

    private static List<Class<?>> classes(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("io/espalier"))) {
            return files.map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.endsWith(".class") && ROOMS.stream().anyMatch(room -> name.matches("io/espalier/" + room + "/[^/]+")))
                    .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .<Class<?>>map(ApiSurface::load)
                    .filter(type -> Modifier.isPublic(type.getModifiers()))
                    .collect(Collectors.toList());
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, Stage.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("core lists " + name + " and has it not", e);
        }
    }
}
