package io.espalier.testkit.contract;

import io.espalier.api.Opens;
import io.espalier.api.Stage;
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
import java.util.stream.Stream;

/**
 * What of Espalier a plugin may use: the public types of {@code io.espalier.api}, those that their signatures show or that they
 * open ({@link Opens}), those that the signatures of these show, and so on. Nothing else.
 */
final class ApiSurface {

    private static final String OURS = "io.espalier.";

    private static final Set<String> NAMES = compute();

    private ApiSurface() {}

    static boolean shows(String className) {
        return !className.startsWith(OURS) || NAMES.contains(className);
    }

    static Set<String> names() {
        return NAMES;
    }

    private static Set<String> compute() {
        Set<String> shown = new TreeSet<>();
        Deque<Class<?>> open = new ArrayDeque<>(api());
        while (!open.isEmpty()) {
            Class<?> type = open.pop();
            if (type.getName().startsWith(OURS) && Modifier.isPublic(type.getModifiers()) && shown.add(type.getName())) {
                signatures(type).forEach(open::push);
            }
        }
        return shown;
    }

    /** Types in what a class declares for others. */
    private static Stream<Class<?>> signatures(Class<?> type) {
        Stream<Type> heirs = Stream.concat(Stream.ofNullable(type.getGenericSuperclass()), Arrays.stream(type.getGenericInterfaces()));
        Stream<Type> fields = Arrays.stream(type.getDeclaredFields()).filter(ApiSurface::isOpen).map(Field::getGenericType);
        Stream<Executable> methods = Stream.concat(
                Arrays.stream(type.getDeclaredMethods()).filter(method -> isOpen(method.getModifiers())).map(Method.class::cast),
                Arrays.stream(type.getDeclaredConstructors()).filter(made -> isOpen(made.getModifiers())).map(Constructor.class::cast));
        Stream<Type> nested = Arrays.stream(type.getDeclaredClasses()).filter(inner -> isOpen(inner.getModifiers())).map(Type.class::cast);
        Stream<Type> opened = Stream.ofNullable(type.getDeclaredAnnotation(Opens.class)).flatMap(opens -> Arrays.stream(opens.value()));
        return Stream.of(heirs, fields, methods.flatMap(ApiSurface::types), nested, opened)
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
            return plain.isArray() ? classesOf(plain.getComponentType()) : Stream.of(plain);
        }
        if (type instanceof ParameterizedType generic) {
            return Stream.concat(classesOf(generic.getRawType()), Arrays.stream(generic.getActualTypeArguments()).flatMap(ApiSurface::classesOf));
        }
        if (type instanceof WildcardType any) {
            return Arrays.stream(any.getUpperBounds()).flatMap(ApiSurface::classesOf);
        }
        return type instanceof GenericArrayType array ? classesOf(array.getGenericComponentType()) : Stream.empty();
    }

    private static List<Class<?>> api() {
        URI core = URI.create(Stage.class.getProtectionDomain().getCodeSource().getLocation().toString());
        try {
            if (Files.isDirectory(Path.of(core))) {
                return api(Path.of(core));
            }
            try (FileSystem jar = FileSystems.newFileSystem(Path.of(core))) {
                return api(jar.getPath("/"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("core's own classes cannot be listed", e);
        }
    }

    private static List<Class<?>> api(Path root) throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("io/espalier/api"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class"))
                    .<Class<?>>map(name -> load("io.espalier.api." + name.substring(0, name.length() - ".class".length())))
                    .toList();
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
