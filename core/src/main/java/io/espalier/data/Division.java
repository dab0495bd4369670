package io.espalier.data;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many images each part of a data set gets.
 *
 * @param train images to train on; absent: all that are left
 * @param validation where the validation images come from
 * @param test images to report on; absent: all there are
 */
public record Division(OptionalInt train, Validation validation, OptionalInt test) {

    /** Everything that the source has. */
    public static final Division ALL = new Division(OptionalInt.empty(), new Validation.Default(), OptionalInt.empty());

    /** @throws DataException when a number is below 1 */
    public Division {
        train.ifPresent(count -> requireSome("train", count));
        test.ifPresent(count -> requireSome("test", count));
    }

    private static void requireSome(String option, int count) {
        if (count < 1) {
            throw new DataException(option + "=" + count + ": at least 1 image is needed");
        }
    }

    /** Where the validation images come from. */
    public sealed interface Validation {

        /** The source's own validation part, whole, if it has one; else 15 % of its training part, stratified. */
        record Default() implements Validation {}

        /**
         * So many images of the source's own validation part if it has one, else of its training part; stratified.
         *
         * @param images at least 1
         */
        record Count(int images) implements Validation {

            public Count {
                requireSome("validation", images);
            }
        }

        /**
         * The first images of the test part, which the test then leaves out: for a network that has seen the training part
         * already.
         *
         * @param images at least 1
         */
        record OfTest(int images) implements Validation {

            public OfTest {
                requireSome("validation", images);
            }
        }

        /**
         * Reads {@code N} or {@code test:N}.
         *
         * @throws DataException when the text is neither
         */
        static Validation parse(String text) {
            Matcher matcher = Pattern.compile("(test:)?(\\d{1,9})").matcher(text.strip());
            if (!matcher.matches()) {
                throw new DataException("validation=" + text + " is neither a number of images nor test: and a number of"
                        + " images, as in validation=1000 or validation=test:5000");
            }
            int images = Integer.parseInt(matcher.group(2));
            return matcher.group(1) == null ? new Count(images) : new OfTest(images);
        }
    }
}
