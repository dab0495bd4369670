package io.espalier.catalog;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The options record of an extension, looked at through reflection. */
final class OptionsRecord {

    private OptionsRecord() {}

    /** What an extension's class puts for the type parameter of its extension point, through its superclasses and interfaces. */
    static Optional<Class<? extends Record>> of(Class<?> extension, Class<?> point) {
        return parameter(extension, Map.of(), point)
                .filter(type -> type instanceof Class<?> plain && plain.isRecord())
                .map(type -> ((Class<?>) type).asSubclass(Record.class));
    }

    private static Optional<Type> parameter(Type type, Map<TypeVariable<?>, Type> known, Class<?> point) {
        if (type instanceof ParameterizedType parameterized) {
            Class<?> raw = (Class<?>) parameterized.getRawType();
            Map<TypeVariable<?>, Type> arguments = arguments(raw, parameterized, known);
            return raw == point ? Optional.of(arguments.get(raw.getTypeParameters()[0])) : above(raw, arguments, point);
        }
        return type instanceof Class<?> plain ? above(plain, Map.of(), point) : Optional.empty();
    }

    private static Map<TypeVariable<?>, Type> arguments(
            Class<?> raw, ParameterizedType parameterized, Map<TypeVariable<?>, Type> known) {
        Map<TypeVariable<?>, Type> arguments = new HashMap<>();
        for (int i = 0; i < raw.getTypeParameters().length; i++) {
            Type argument = parameterized.getActualTypeArguments()[i];
            arguments.put(raw.getTypeParameters()[i], known.getOrDefault(argument, argument));
        }
        return arguments;
    }

    private static Optional<Type> above(Class<?> type, Map<TypeVariable<?>, Type> known, Class<?> point) {
        Optional<Type> found = type.getGenericSuperclass() == null
                ? Optional.empty()
                : parameter(type.getGenericSuperclass(), known, point);
        return found.or(() -> Arrays.stream(type.getGenericInterfaces())
                .map(one -> parameter(one, known, point))
                .flatMap(Optional::stream)
                .findFirst());
    }

    /** @throws IllegalArgumentException when a component cannot be an option; says why and the mend */
    static List<OptionComponent> components(Class<? extends Record> type) {
        return Arrays.stream(type.getRecordComponents()).map(OptionComponent::of).toList();
    }

    /**
     * Makes the record.
     *
     * @throws InvocationTargetException when its constructor throws
     */
    static Record make(Class<? extends Record> type, List<Object> values) throws InvocationTargetException {
        try {
            Class<?>[] types = Arrays.stream(type.getRecordComponents()).map(RecordComponent::getType).toArray(Class<?>[]::new);
            Constructor<? extends Record> constructor = type.getDeclaredConstructor(types);
            // A record inside an extension need not be public.
            constructor.setAccessible(true);
            return constructor.newInstance(values.toArray());
        } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
            throw new IllegalStateException("every record has a constructor of its components, but not " + type.getName(), e);
        }
    }
}
