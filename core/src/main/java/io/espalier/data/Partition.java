package io.espalier.data;

import io.espalier.data.Dataset.Part;
import io.espalier.data.Division.Validation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Which images of a source become which part of the data set.
 *
 * @param notes what a reader of the results must know of it
 */
record Partition(Chosen train, Chosen validation, Chosen test, List<String> notes) {

    /** Share of a training part that becomes validation, or test, where the source has no such part. */
    static final double SHARE = 0.15;

    /**
     * Some images of a part of the source.
     *
     * @param indices of the images, ascending
     */
    record Chosen(Labelled source, int[] indices) {

        Chosen first(int count) {
            return new Chosen(source, IntStream.of(indices).limit(count).toArray());
        }

        Chosen from(int count) {
            return new Chosen(source, IntStream.of(indices).skip(count).toArray());
        }

        Chosen without(Chosen other) {
            if (source != other.source) {
                return this;
            }
            boolean[] taken = new boolean[source.size()];
            IntStream.of(other.indices).forEach(index -> taken[index] = true);
            return new Chosen(source, IntStream.of(indices).filter(index -> !taken[index]).toArray());
        }

        int size() {
            return indices.length;
        }
    }

    /** @throws DataException when more images are wished than there are, or a part would be left empty */
    static Partition of(RawDataset raw, Division division, long seed) {
        return new Choice(raw, division, seed).partition();
    }

    private static Chosen all(Labelled source) {
        return new Chosen(source, IntStream.range(0, source.size()).toArray());
    }

    /** One division being worked out: the test part first, then validation, then training from what is left. */
    private static final class Choice {

        private final RawDataset raw;
        private final Division division;
        private final long seed;
        private final List<String> notes = new ArrayList<>();

        Choice(RawDataset raw, Division division, long seed) {
            this.raw = raw;
            this.division = division;
            this.seed = seed;
        }

        Partition partition() {
            Optional<Chosen> ofTest = validationOfTest();
            Chosen test = test(ofTest);
            Chosen left = all(raw.train()).without(test);
            Chosen validation = ofTest.orElseGet(() -> validation(left));
            Chosen train = train(left.without(validation));
            return new Partition(train, validation, test, List.copyOf(notes));
        }

        private Optional<Chosen> validationOfTest() {
            if (!(division.validation() instanceof Validation.OfTest wish)) {
                return Optional.empty();
            }
            Chosen all = all(raw.test().orElseThrow(() -> new DataException("validation=test:" + wish.images()
                    + " takes images of the test part, but the source has none; give validation=" + wish.images())));
            if (wish.images() >= all.size()) {
                throw new DataException("validation=test:" + wish.images() + " leaves nothing to test on: the test part has "
                        + all.size() + " images");
            }
            notes.add("validation is the first " + wish.images() + " of the " + all.size()
                    + " test images, which the test leaves out");
            Chosen first = all.first(wish.images());
            noteMissingClasses(first, all, "the validation images");
            return Optional.of(first);
        }

        private Chosen test(Optional<Chosen> takenFromIt) {
            if (raw.test().isEmpty()) {
                notes.add("the source has no test part: it is a stratified part of its training images");
                return carve(all(raw.train()), division.test(), "test");
            }
            Chosen all = all(raw.test().get());
            Chosen rest = takenFromIt.map(all::without).orElse(all);
            if (division.test().isEmpty()) {
                return rest;
            }
            int wish = division.test().getAsInt();
            if (wish > rest.size()) {
                throw new DataException("test=" + wish + " asks for more images than there are: the test part has " + all.size()
                        + (takenFromIt.isPresent() ? ", of which " + takenFromIt.get().size() + " are the validation images" : ""));
            }
            if (wish == rest.size()) {
                return rest;
            }
            Chosen chosen = rest.first(wish);
            notes.add("the test takes the first " + wish + " of " + rest.size() + " images");
            noteMissingClasses(chosen, rest, "they");
            return chosen;
        }

        private void noteMissingClasses(Chosen some, Chosen of, String who) {
            List<String> missing = without(some, raw.classes());
            missing.removeAll(without(of, raw.classes()));
            if (!missing.isEmpty()) {
                notes.add(who + " hold no " + String.join(", no ", missing));
            }
        }

        private Chosen validation(Chosen left) {
            OptionalInt wish = division.validation() instanceof Validation.Count count
                    ? OptionalInt.of(count.images())
                    : OptionalInt.empty();
            if (raw.validation().isEmpty()) {
                return carve(left, wish, "validation");
            }
            Chosen own = all(raw.validation().get());
            if (wish.isPresent() && wish.getAsInt() > own.size()) {
                throw new DataException("validation=" + wish.getAsInt()
                        + " asks for more images than there are: the source's own validation part has " + own.size());
            }
            return wish.isPresent() ? choose(own, wish.getAsInt(), 0, Part.VALIDATION) : own;
        }

        /** A stratified part of the training images that leaves at least one image of every class. */
        private Chosen carve(Chosen left, OptionalInt wish, String option) {
            int count = wish.orElse((int) Math.max(1, Math.round(SHARE * raw.train().size())));
            Chosen chosen = choose(left, count, 1, option.equals("test") ? Part.TEST : Part.VALIDATION);
            if (chosen.size() < count) {
                throw new DataException((wish.isPresent() ? option + "=" + count : count + " images for " + option)
                        + " cannot be taken from the training part: of its " + raw.train().size() + " images " + left.size()
                        + " are left and one of each class must stay to train on, so " + chosen.size() + " is the most");
            }
            return chosen;
        }

        private Chosen train(Chosen left) {
            if (division.train().isEmpty()) {
                return left;
            }
            int wish = division.train().getAsInt();
            if (wish > left.size()) {
                int others = raw.train().size() - left.size();
                throw new DataException("train=" + wish + " asks for more images than there are: the training part has "
                        + raw.train().size() + (others > 0 ? ", of which " + others + " are kept for validation and test" : ""));
            }
            return choose(left, wish, 0, Part.TRAIN);
        }

        private Chosen choose(Chosen from, int count, int kept, Part purpose) {
            Labelled source = from.source();
            int[] labels = IntStream.range(0, source.size()).map(source::label).toArray();
            Random random = new Random(mixed(seed + 0x9E3779B97F4A7C15L * (purpose.ordinal() + 1)));
            return new Chosen(
                    source, Stratified.choose(labels, raw.classes().size(), from.indices(), count, kept, random));
        }

        /** Finalizer of SplitMix64 (Steele, Lea, Flood, 2014): near seeds give far ones. */
        private static long mixed(long value) {
            long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            return z ^ (z >>> 31);
        }
    }

    /** Classes of which none is among the images; a list of the caller's own. */
    static List<String> without(Chosen chosen, List<String> classes) {
        boolean[] present = new boolean[classes.size()];
        IntStream.of(chosen.indices()).forEach(index -> present[chosen.source().label(index)] = true);
        return new ArrayList<>(IntStream.range(0, present.length).filter(c -> !present[c]).mapToObj(c -> "'" + classes.get(c) + "'").toList());
    }
}
