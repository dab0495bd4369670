package io.espalier.testkit.contract;

import io.espalier.api.Criterion;
import io.espalier.api.InputException;
import io.espalier.api.Pruner;
import io.espalier.catalog.OptionDescription;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What every extension promises, whatever its kind. */
final class ExtensionClaims {

    private static final Set<String> NUMBERS = Set.of("number", "whole number");
    /** Values that no option means, but that a wide range lets through. */
    private static final List<String> ABSURD = List.of("-1000000000", "1000000000");

    private final Subject subject;

    private ExtensionClaims(Subject subject) {
        this.subject = subject;
    }

    static List<Claim> of(Subject subject) {
        ExtensionClaims claims = new ExtensionClaims(subject);
        return List.of(
                new Claim("says in one sentence what it does", claims::isDocumented),
                new Claim("keeps nothing between two calls", claims::hasNoFields),
                new Claim("documents its options, and their defaults bind", claims::optionsAreDocumented),
                new Claim("refuses bad values of its options", claims::badValuesAreRefused));
    }

    private String isDocumented() {
        if (subject.extension().doc().isBlank()) {
            throw subject.broken("does not say what it does; write a sentence into its annotation: @Named(value = \""
                    + subject.extension().name() + "\", doc = \"...\")");
        }
        return "";
    }

    private String hasNoFields() {
        Class<?> type = subject.extension().instance().getClass();
        for (Class<?> part = type; part != Object.class; part = part.getSuperclass()) {
            Arrays.stream(part.getDeclaredFields()).filter(ExtensionClaims::holdsState).findFirst().ifPresent(field -> {
                throw subject.broken("has the field '" + field.getName() + "', which keeps something between calls, but branches and resumed"
                        + " runs share the one instance; make it a local variable, an option, or a static final constant");
            });
        }
        return "";
    }

    private static boolean holdsState(Field field) {
        boolean constant = Modifier.isStatic(field.getModifiers()) && Modifier.isFinal(field.getModifiers());
        return !constant && !field.isSynthetic();
    }

    private String optionsAreDocumented() {
        List<OptionDescription> options = subject.catalog().describe(subject.extension());
        for (OptionDescription option : options) {
            if (option.doc().isBlank() || option.doc().equals(option.name())) {
                throw subject.broken("does not say what its option '" + option.name() + "' means; write it into @Option(doc = \"...\")");
            }
        }
        Map<String, String> given = new HashMap<>(subject.terms().options());
        List<String> missing = options.stream().filter(OptionDescription::required).map(OptionDescription::name).filter(name -> !given.containsKey(name)).toList();
        if (!missing.isEmpty()) {
            throw new NotChecked("it needs values for " + String.join(", ", missing));
        }
        try {
            subject.catalog().bind(subject.extension(), given);
        } catch (InputException e) {
            throw subject.broken("cannot be used with its defaults: " + e.getMessage() + "; give its options defaults that it takes", e);
        }
        return options.size() + (options.size() == 1 ? " option" : " options");
    }

    private String badValuesAreRefused() {
        int refused = 0;
        for (OptionDescription option : subject.catalog().describe(subject.extension())) {
            if (option.type().endsWith("text") || option.name().contains(".")) {
                continue;
            }
            require(option, "no such value, surely");
            refused++;
            if (NUMBERS.contains(option.type()) && option.range().isEmpty()) {
                ABSURD.forEach(value -> bindsOrRefuses(option, value));
            }
        }
        return refused == 0 ? "" : refused + (refused == 1 ? " option" : " options");
    }

    private void require(OptionDescription option, String value) {
        try {
            subject.catalog().bind(subject.extension(), with(option, value));
        } catch (InputException refused) {
            return;
        }
        throw subject.broken("takes '" + value + "' for its option '" + option.name() + "'; refuse it in the record's constructor");
    }

    /** A number that no range bounds: the extension either refuses it in words or can do with it. */
    private void bindsOrRefuses(OptionDescription option, String value) {
        Record options;
        try {
            options = subject.catalog().bind(subject.extension(), with(option, value)).value();
        } catch (InputException refused) {
            return;
        }
        try {
            onOptions().accept(options);
        } catch (InputException | IllegalArgumentException refusedInWords) {
            return;
        } catch (BrokenClaim e) {
            throw subject.broken("takes " + option.name() + "=" + value + " and then " + e.getMessage()
                    + "; give the option a range: @Option(min, max, above, below)", e);
        } catch (RuntimeException e) {
            throw subject.broken("takes " + option.name() + "=" + value + " and then throws " + e
                    + "; give the option a range: @Option(min, max, above, below)", e);
        }
    }

    private Map<String, String> with(OptionDescription option, String value) {
        Map<String, String> given = new HashMap<>(subject.terms().options());
        given.put(option.name(), value);
        return given;
    }

    /** What is cheap enough to be tried with absurd options. */
    private Consumer<Record> onOptions() {
        if (subject.extension().point() == Criterion.class) {
            return options -> new CriterionClaims(subject, (Criterion<?>) subject.extension().instance()).scoresWith(options);
        }
        if (subject.extension().point() == Pruner.class) {
            return options -> new PrunerClaims(subject, (Pruner<?>) subject.extension().instance()).planWith(options);
        }
        return options -> { };
    }
}
