package io.espalier.catalog;

import io.espalier.api.Chosen;
import io.espalier.api.Option;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One component of an options record.
 *
 * @param name as written in a pipeline
 * @param option its annotation
 * @param optional whether it is an {@code Optional}
 * @param list whether it is a list
 * @param simple type of the value, or of a list's elements; empty for a chosen extension
 * @param point extension point of a chosen extension
 */
record OptionComponent(
        String name, Option option, boolean optional, boolean list, Optional<ValueType> simple, Optional<Point> point) {

    private static final String TYPES = "an option is an int, long, double, boolean, String, enum, Path, Chosen extension,"
            + " List of the simple ones, or Optional of any of these";

    /** @throws IllegalArgumentException when the component cannot be an option; says why and the mend */
    static OptionComponent of(RecordComponent component) {
        Option option = component.getAnnotation(Option.class);
        if (option == null) {
            throw new IllegalArgumentException(
                    "the component '" + component.getName() + "' has no @Option; annotate it with its documentation");
        }
        OptionComponent made = of(component, option);
        made.checkRange();
        made.checkDefault();
        return made;
    }

    private static OptionComponent of(RecordComponent component, Option option) {
        Optional<Type> inOptional = argument(component.getGenericType(), Optional.class);
        Type present = inOptional.orElse(component.getGenericType());
        Optional<Type> inList = argument(present, List.class);
        Optional<Point> point = argument(present, Chosen.class).flatMap(chosen -> Point.known(raw(chosen)));
        Optional<ValueType> simple = ValueType.of(raw(inList.orElse(present)));
        if (simple.isEmpty() && point.isEmpty()) {
            throw new IllegalArgumentException("the component '" + component.getName() + "' is a "
                    + component.getGenericType().getTypeName() + "; " + TYPES);
        }
        return new OptionComponent(component.getName(), option, inOptional.isPresent(), inList.isPresent(), simple, point);
    }

    private static Optional<Type> argument(Type type, Class<?> container) {
        return type instanceof ParameterizedType parameterized && parameterized.getRawType() == container
                ? Optional.of(parameterized.getActualTypeArguments()[0])
                : Optional.empty();
    }

    private static Class<?> raw(Type type) {
        if (type instanceof ParameterizedType parameterized) {
            return raw(parameterized.getRawType());
        }
        if (type instanceof WildcardType wildcard) {
            return raw(wildcard.getUpperBounds()[0]);
        }
        return type instanceof Class<?> plain ? plain : Object.class;
    }

    private void checkRange() {
        boolean number = simple.filter(type -> type instanceof ValueType.Whole || type instanceof ValueType.Decimal).isPresent();
        if (Range.of(option).isBounded() && !number) {
            throw new IllegalArgumentException("the component '" + name + "' has a range but is no number; take the range away");
        }
    }

    private void checkDefault() {
        // Whether a file or another plugin's extension is there can only be told when the option is bound.
        if (simple.isEmpty() || simple.get() instanceof ValueType.Source) {
            return;
        }
        SourceFiles none = new SourceFiles(Path.of(""));
        defaultText().filter(text -> !isAbsent(text)).ifPresent(text -> {
            try {
                read(name, text, none);
            } catch (OptionException e) {
                throw new IllegalArgumentException("the default of '" + name + "' is wrong: " + e.getMessage(), e);
            }
        });
    }

    Optional<String> defaultText() {
        return Option.REQUIRED.equals(option.defaultValue()) ? Optional.empty() : Optional.of(option.defaultValue());
    }

    /** Nothing written for an {@code Optional} means that it is absent, so that a pipeline can hand on an empty parameter. */
    boolean isAbsent(String text) {
        return optional && text.isEmpty();
    }

    boolean required() {
        return defaultText().isEmpty() && !optional;
    }

    /** What an option's text says; not for chosen extensions. An {@link OptionException} when it says nothing that is allowed. */
    ValueType.Value read(String fullName, String text, SourceFiles files) {
        return list ? readList(fullName, text, files) : readOne(fullName, text, files);
    }

    private ValueType.Value readList(String fullName, String text, SourceFiles files) {
        List<ValueType.Value> values = new ArrayList<>();
        if (!text.isBlank()) {
            for (String element : text.split(",", -1)) {
                values.add(readOne(fullName, element.strip(), files));
            }
        }
        return new ValueType.Value(
                values.stream().map(ValueType.Value::object).toList(),
                () -> String.join(",", values.stream().map(value -> value.canonical().get()).toList()));
    }

    private ValueType.Value readOne(String fullName, String text, SourceFiles files) {
        ValueType.Value value = simple.orElseThrow().read(fullName, text, files);
        if (value.object() instanceof Number number && !Range.of(option).holds(number.doubleValue())) {
            throw new OptionException(
                    fullName, fullName + "=" + text + " is out of range: " + option.doc() + ", " + Range.of(option).of(fullName));
        }
        return value;
    }

    OptionDescription describe(String fullName) {
        return new OptionDescription(
                fullName, typeForPeople(), option.doc(), defaultText(), required(), Range.of(option).of(fullName), shape());
    }

    private OptionDescription.Shape shape() {
        return new OptionDescription.Shape(
                simple.map(ValueType::kind).orElse(OptionDescription.Kind.EXTENSION),
                list,
                simple.map(ValueType::choices).orElse(List.of()),
                point.map(Point::type),
                Range.of(option));
    }

    private String typeForPeople() {
        String one = point.map(Point::noun).orElseGet(() -> simple.orElseThrow().forPeople());
        return list ? "list, separated by commas, of: " + one : one;
    }
}
