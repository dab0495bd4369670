package io.espalier.catalog;

import io.espalier.api.Chosen;
import io.espalier.api.InputException;
import io.espalier.api.Option;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What options say of the facts that a stage needs or gives ({@link Option#needs}, {@link Option#gives}). */
public final class OptionFacts {

    private static final String VALUE = "*";

    private OptionFacts() {}

    /**
     * Whether what an option gives, as it is declared, is a fact for some value of the option.
     *
     * @param declared as in {@link Option#gives}
     */
    public static boolean couldBe(String declared, String fact) {
        int value = declared.indexOf(VALUE);
        if (value < 0) {
            return declared.equals(fact);
        }
        String begin = declared.substring(0, value);
        String end = declared.substring(value + VALUE.length());
        return fact.length() >= begin.length() + end.length() && fact.startsWith(begin) && fact.endsWith(end);
    }

    /** What options of a record give, as it is declared. */
    public static Set<String> declared(Class<? extends Record> options, Predicate<String> which) {
        return Arrays.stream(options.getRecordComponents())
                .filter(component -> which.test(component.getName()))
                .map(component -> component.getAnnotation(Option.class))
                .filter(option -> option != null && !option.gives().isEmpty())
                .map(Option::gives)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What options of a record give, with their values. */
    static Set<String> given(Record options) {
        return facts(options, Option::gives);
    }

    /** What options of a record need, with their values. */
    public static Set<String> needed(Record options) {
        return facts(options, Option::needs);
    }

    private static Set<String> facts(Record options, Function<Option, String> declared) {
        return Arrays.stream(options.getClass().getRecordComponents())
                .filter(component -> component.getAnnotation(Option.class) != null)
                .flatMap(component -> facts(declared.apply(component.getAnnotation(Option.class)), options, component))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<String> facts(String declared, Record options, RecordComponent component) {
        return declared.isEmpty() ? Stream.empty() : texts(value(options, component)).map(text -> declared.replace(VALUE, text));
    }

    /** An option that is absent, or empty, says nothing. */
    private static Stream<String> texts(Object value) {
        if (value instanceof Optional<?> optional) {
            return optional.stream().flatMap(OptionFacts::texts);
        }
        if (value instanceof Collection<?> values) {
            return values.stream().flatMap(OptionFacts::texts);
        }
        return Stream.of(value instanceof Chosen<?> chosen ? chosen.name() : value.toString()).filter(text -> !text.isEmpty());
    }

    private static Object value(Record options, RecordComponent component) {
        try {
            Method accessor = component.getAccessor();
            // A record inside an extension need not be public.
            accessor.setAccessible(true);
            return accessor.invoke(options);
        } catch (InvocationTargetException e) {
            throw new InputException("the options record " + options.getClass().getName() + " throws " + e.getCause() + " when asked for '"
                    + component.getName() + "'; leave that method to Java, and refuse values where the record is made", e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("a record's own methods can be called, but not those of " + options.getClass().getName(), e);
        }
    }
}
