package io.espalier.catalog;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** How a value of one simple type is written. */
sealed interface ValueType {

    /** What people call it, {@code number} for example. */
    String forPeople();

    OptionDescription.Kind kind();

    /** Words that alone may be written, if there are only some. */
    default List<String> choices() {
        return List.of();
    }

    /** @throws OptionException when the text is no such value */
    Value read(String option, String text, SourceFiles files);

    /** The type that serves a component of this class, if one does. */
    static Optional<ValueType> of(Class<?> type) {
        if (type == int.class || type == Integer.class) {
            return Optional.of(new Whole(false));
        }
        if (type == long.class || type == Long.class) {
            return Optional.of(new Whole(true));
        }
        if (type == double.class || type == Double.class) {
            return Optional.of(new Decimal());
        }
        if (type == boolean.class || type == Boolean.class) {
            return Optional.of(new Truth());
        }
        if (type == String.class) {
            return Optional.of(new Text());
        }
        if (type == Path.class) {
            return Optional.of(new Source());
        }
        return type.isEnum() ? Optional.of(new Choice(type.asSubclass(Enum.class))) : Optional.empty();
    }

    /**
     * A value that was read.
     *
     * @param object as the options record takes it
     * @param canonical what stands for it in a key; evaluated when it is asked for, since it may mean reading files
     */
    record Value(Object object, Supplier<String> canonical) {

        static Value plain(Object object) {
            return new Value(object, object::toString);
        }
    }

    /** An {@code int}, or a {@code long} if wide. */
    record Whole(boolean wide) implements ValueType {

        private static final Pattern DIGITS = Pattern.compile("[+-]?\\d+");

        @Override
        public OptionDescription.Kind kind() {
            return OptionDescription.Kind.WHOLE;
        }

        @Override
        public String forPeople() {
            return "whole number";
        }

        @Override
        public Value read(String option, String text, SourceFiles files) {
            String digits = text.strip();
            if (!DIGITS.matcher(digits).matches()) {
                throw new OptionException(option, option + "=" + text + " is no whole number");
            }
            try {
                return Value.plain(wide ? (Object) Long.valueOf(digits) : (Object) Integer.valueOf(digits));
            } catch (NumberFormatException e) {
                String extreme = (digits.startsWith("-") ? "at least " + (wide ? Long.MIN_VALUE : Integer.MIN_VALUE)
                        : "at most " + (wide ? Long.MAX_VALUE : Integer.MAX_VALUE));
                throw new OptionException(option, option + "=" + text + " is out of range: " + extreme + " can be had");
            }
        }
    }

    /** A finite {@code double}. */
    record Decimal() implements ValueType {

        private static final Pattern DIGITS = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,9})?");

        @Override
        public OptionDescription.Kind kind() {
            return OptionDescription.Kind.DECIMAL;
        }

        @Override
        public String forPeople() {
            return "number";
        }

        @Override
        public Value read(String option, String text, SourceFiles files) {
            String digits = text.strip();
            if (!DIGITS.matcher(digits).matches()) {
                throw new OptionException(option, option + "=" + text + " is no number" + mend(digits));
            }
            double value = Double.parseDouble(digits);
            if (Double.isInfinite(value)) {
                throw new OptionException(option, option + "=" + text + " is too large for a number");
            }
            return Value.plain(value);
        }

        private static String mend(String digits) {
            String share = digits.endsWith("%") ? digits.substring(0, digits.length() - 1).strip() : "";
            return DIGITS.matcher(share).matches()
                    ? "; write " + new BigDecimal(share).movePointLeft(2).stripTrailingZeros().toPlainString()
                    : "";
        }
    }

    /** A {@code boolean}. */
    record Truth() implements ValueType {

        @Override
        public OptionDescription.Kind kind() {
            return OptionDescription.Kind.TRUTH;
        }

        @Override
        public String forPeople() {
            return "true or false";
        }

        @Override
        public Value read(String option, String text, SourceFiles files) {
            return switch (text.strip()) {
                case "true" -> Value.plain(true);
                case "false" -> Value.plain(false);
                default -> throw new OptionException(option, option + "=" + text + " is neither true nor false");
            };
        }
    }

    /** Any text. */
    record Text() implements ValueType {

        @Override
        public OptionDescription.Kind kind() {
            return OptionDescription.Kind.TEXT;
        }

        @Override
        public String forPeople() {
            return "text";
        }

        @Override
        public Value read(String option, String text, SourceFiles files) {
            return Value.plain(text);
        }
    }

    /** An existing file or folder. */
    record Source() implements ValueType {

        @Override
        public OptionDescription.Kind kind() {
            return OptionDescription.Kind.SOURCE;
        }

        @Override
        public String forPeople() {
            return "file or folder";
        }

        @Override
        public Value read(String option, String text, SourceFiles files) {
            Path path = files.find(option, text);
            return new Value(path, () -> files.digest(path));
        }
    }

    /** One of an enum's constants, in lower case, {@code -} for {@code _}. */
    @SuppressWarnings("rawtypes")
    record Choice(Class<? extends Enum> type) implements ValueType {

        @Override
        public OptionDescription.Kind kind() {
            return OptionDescription.Kind.CHOICE;
        }

        @Override
        public String forPeople() {
            return "one of " + String.join(", ", choices());
        }

        @Override
        public Value read(String option, String text, SourceFiles files) {
            String word = text.strip();
            return Arrays.stream(type.getEnumConstants())
                    .filter(constant -> word(constant).equals(word))
                    .findFirst()
                    .map(constant -> new Value(constant, () -> word))
                    .orElseThrow(() -> new OptionException(
                            option,
                            option + "=" + text + " is none of " + String.join(", ", choices()) + Suggestion.clause(word, choices())));
        }

        @Override
        public List<String> choices() {
            return Arrays.stream(type.getEnumConstants()).map(Choice::word).toList();
        }

        private static String word(Enum constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
