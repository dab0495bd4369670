package io.espalier.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.data.Dataset.Part;
import io.espalier.data.Division.Validation;
import io.espalier.data.Samples.Numbered;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PreparationTest {

    private static final Validation BY_DEFAULT = new Validation.Default();

    @Test
    void withoutPartsTheDivisionIs70To15To15AndEveryClassHasItsShare() {
        RawDataset raw = Samples.raw(Numbered.of(Samples.labels(1000, 7, 2, 1)), null, null, "a", "b", "c");
        Dataset dataset = prepare(raw, Division.ALL);
        assertThat(dataset.train().classCounts(3)).containsExactly(490, 140, 70);
        assertThat(dataset.validation().classCounts(3)).containsExactly(105, 30, 15);
        assertThat(dataset.test().classCounts(3)).containsExactly(105, 30, 15);
        assertThat(dataset.note()).contains("no test part");
        int[] all = Arrays.stream(Part.values())
                .flatMapToInt(part -> Arrays.stream(Samples.numbers(dataset.part(part)))).sorted().toArray();
        assertThat(all).as("every image in one part").containsExactly(IntStream.range(0, 1000).toArray());
    }

    @Test
    void theSourcesOwnPartsAreUsed() {
        RawDataset raw = Samples.raw(Numbered.of(Samples.labels(40, 1, 1)), Numbered.of(0, 1, 0), Numbered.of(1, 1, 0, 0, 1), "a", "b");
        Dataset dataset = prepare(raw, Division.ALL);
        assertThat(dataset.train().size()).isEqualTo(40);
        assertThat(dataset.validation().labels()).containsExactly(0, 1, 0);
        assertThat(dataset.test().labels()).containsExactly(1, 1, 0, 0, 1);
        assertThat(dataset.note()).isEmpty();
    }

    @Test
    void numbersOfImagesAreChosenStratifiedAndOnlyChosenImagesAreDecoded() {
        Numbered train = Numbered.of(Samples.labels(500, 3, 2));
        Numbered test = Numbered.of(Samples.labels(100, 3, 2));
        Dataset dataset = prepare(Samples.raw(train, null, test, "a", "b"), division(50, new Validation.Count(30), 20));
        assertThat(dataset.train().classCounts(2)).containsExactly(30, 20);
        assertThat(dataset.validation().classCounts(2)).containsExactly(18, 12);
        assertThat(Samples.numbers(dataset.test())).containsExactly(IntStream.range(0, 20).toArray());
        assertThat(train.decoded()).hasSize(80).doesNotHaveDuplicates();
        assertThat(test.decoded()).hasSize(20);
        assertThat(dataset.note()).contains("first 20 of 100");
    }

    @Test
    void whatOneNumberIsChangesNothingInTheOtherParts() {
        RawDataset raw = Samples.raw(Numbered.of(Samples.labels(500, 3, 2)), null, null, "a", "b");
        Dataset few = prepare(raw, division(50, new Validation.Count(30), 20));
        Dataset many = prepare(raw, division(200, new Validation.Count(30), 20));
        assertThat(Samples.numbers(few.validation())).containsExactly(Samples.numbers(many.validation()));
        assertThat(Samples.numbers(few.test())).containsExactly(Samples.numbers(many.test()));
    }

    @Test
    void theSeedDecides() {
        RawDataset raw = Samples.raw(Numbered.of(Samples.labels(500, 3, 2)), null, null, "a", "b");
        Preparation one = new Preparation(Division.ALL, Optional.empty(), Fit.PAD, false, 1);
        Preparation two = new Preparation(Division.ALL, Optional.empty(), Fit.PAD, false, 2);
        String digest = one.prepare("x", raw, DecodingListener.NONE).digest();
        assertThat(one.prepare("elsewhere", raw, DecodingListener.NONE).digest()).isEqualTo(digest).hasSize(64);
        assertThat(two.prepare("x", raw, DecodingListener.NONE).digest()).isNotEqualTo(digest);
    }

    @Test
    void theDigestTellsApartWhatDiffersInOneLabelOrOneName() {
        Split split = Samples.split(new ImageShape(1, 2, 2), 4, 2);
        Split other = new Split(split.shape(), List.of(split.image(0), split.image(1), split.image(2), split.image(3)), new int[] {0, 1, 0, 0});
        assertThat(List.of(
                        digest(List.of("a", "b"), split, split),
                        digest(List.of("a", "c"), split, split),
                        digest(List.of("a", "b"), other, split),
                        digest(List.of("a", "b"), split, other),
                        digest(List.of("ab"), split, split)))
                .doesNotHaveDuplicates();
    }

    private static String digest(List<String> classes, Split train, Split test) {
        return Dataset.of("x", classes, train, train, test, "").digest();
    }

    @Test
    void validationFromTheTestIsItsBeginningWhichTheTestLeavesOutAndTheNoteSaysSo() {
        RawDataset raw = Samples.raw(Numbered.of(0, 1), Numbered.of(0, 1), Numbered.of(Samples.labels(100, 1, 1)), "a", "b");
        Dataset dataset = prepare(raw, division(2, new Validation.OfTest(40), 10));
        assertThat(Samples.numbers(dataset.validation())).containsExactly(IntStream.range(0, 40).toArray());
        assertThat(Samples.numbers(dataset.test())).containsExactly(IntStream.range(40, 50).toArray());
        assertThat(dataset.note()).contains("validation is the first 40 of the 100 test images, which the test leaves out");
    }

    @Test
    void aBeginningOfTheTestThatLacksAClassIsNoted() {
        RawDataset raw = Samples.raw(Numbered.of(0, 1, 0, 1), Numbered.of(0, 1), Numbered.of(0, 0, 0, 1, 1), "a", "b");
        assertThat(prepare(raw, division(null, BY_DEFAULT, 2)).note()).contains("no 'b'");
    }

    @Test
    void askingForMoreThanThereIsIsRefusedWithTheNumbers() {
        Numbered train = Numbered.of(Samples.labels(100, 1, 1));
        Numbered ten = Numbered.of(Samples.labels(10, 1, 1));
        RawDataset whole = Samples.raw(train, ten, ten, "a", "b");
        RawDataset parts = Samples.raw(train, null, ten, "a", "b");
        refuses(whole, division(101, BY_DEFAULT, null), "train=101", "100");
        refuses(parts, division(86, BY_DEFAULT, null), "train=86", "100", "15 are kept for validation");
        refuses(whole, division(null, new Validation.Count(11), null), "validation=11", "10");
        refuses(parts, division(null, new Validation.Count(99), null), "validation=99", "98 is the most");
        refuses(whole, division(null, BY_DEFAULT, 11), "test=11", "10");
        refuses(whole, division(null, new Validation.OfTest(10), null), "validation=test:10", "10 images");
        refuses(whole, division(null, new Validation.OfTest(4), 7), "test=7", "4 are the validation images");
        refuses(Samples.raw(train, null, null, "a", "b"), division(null, new Validation.OfTest(4), null), "validation=test:4", "has none");
    }

    @Test
    void aClassWithoutTrainingImagesIsRefusedByName() {
        RawDataset raw = Samples.raw(Numbered.of(0, 2, 0, 2), null, Numbered.of(0, 1), "cat", "dog", "cow");
        refuses(raw, Division.ALL, "no training image shows 'dog'");
        RawDataset lopsided = Samples.raw(Numbered.of(Samples.labels(1000, 999, 1)), Numbered.of(0), Numbered.of(0), "cat", "dog");
        refuses(lopsided, division(10, BY_DEFAULT, null), "'dog'", "of 10 training images");
    }

    @Test
    void labelsOutOfRangeAreRefused() {
        refuses(Samples.raw(Numbered.of(0, 1, 2), null, null, "a", "b"), Division.ALL, "image 2 of the training part has label 2", "0 to 1");
        refuses(Samples.raw(Numbered.of(0, 1), Numbered.of(-1), null, "a", "b"), Division.ALL, "image 0 of the validation part has label -1");
        refuses(Samples.raw(Numbered.of(), null, null, "a", "b"), Division.ALL, "the training part of the data is empty");
    }

    @Test
    void anUnreadableImageEndsThePreparationByName() {
        RawDataset raw = withBroken();
        refuses(raw, Division.ALL, "photo-3.png", "--skip-unreadable");
    }

    @Test
    void skippedUnreadableImagesAreNamedAndCounted() {
        List<String> named = new ArrayList<>();
        DecodingListener listener = new DecodingListener() {
            @Override
            public void unreadable(Part part, IOException problem) {
                named.add(part + " " + problem.getMessage());
            }
        };
        Dataset dataset = new Preparation(Division.ALL, Optional.empty(), Fit.PAD, true, Samples.SEED).prepare("x", withBroken(), listener);
        assertThat(named).containsExactly("TRAIN photo-3.png cannot be decoded", "TRAIN photo-7.png cannot be decoded");
        assertThat(Samples.numbers(dataset.train())).containsExactly(0, 1, 2, 4, 5, 6, 8, 9);
        assertThat(dataset.train().labels()).containsExactly(0, 1, 0, 0, 1, 0, 0, 1);
        assertThat(dataset.note()).contains("left out as unreadable: 2 training");
    }

    private static RawDataset withBroken() {
        Numbered train = new Numbered(Samples.labels(10, 1, 1), Set.of(3, 7), new ArrayList<>());
        return Samples.raw(train, Numbered.of(0, 1), Numbered.of(0, 1), "a", "b");
    }

    @Test
    void aPartOfWhichNothingCanBeReadIsRefused() {
        Numbered broken = new Numbered(new int[] {0, 1}, Set.of(0, 1), new ArrayList<>());
        RawDataset raw = Samples.raw(Numbered.of(0, 1), Numbered.of(0, 1), broken, "a", "b");
        Preparation skipping = new Preparation(Division.ALL, Optional.empty(), Fit.PAD, true, Samples.SEED);
        assertThatThrownBy(() -> skipping.prepare("x", raw, DecodingListener.NONE))
                .isInstanceOf(DataException.class).hasMessageContaining("none of the 2 images of the test part can be read");
    }

    @Test
    void imagesAreBroughtToTheWishedSizeOrRefusedByName() {
        RawDataset raw = Samples.raw(Numbered.of(0, 1), Numbered.of(0, 1), Numbered.of(0, 1), "a", "b");
        Preparation padding = new Preparation(Division.ALL, Optional.of(new Extent(3, 4)), Fit.PAD, false, 0);
        assertThat(padding.prepare("x", raw, DecodingListener.NONE).test().shape()).isEqualTo(new ImageShape(1, 3, 4));
        Preparation smaller = new Preparation(Division.ALL, Optional.of(new Extent(1, 1)), Fit.PAD, false, 0);
        assertThatThrownBy(() -> smaller.prepare("x", raw, DecodingListener.NONE))
                .isInstanceOf(DataException.class).hasMessageContaining("image 0 of the training part").hasMessageContaining("fit=resize");
    }

    @Test
    void withoutAWishedSizeAllImagesMustHaveOne() {
        InMemory three = new InMemory(new ImageShape(1, 3, 3), List.of(new byte[9]), new int[] {0});
        refuses(Samples.raw(Numbered.of(0, 1), Numbered.of(0), three, "a", "b"), Division.ALL,
                "image 0 of the test part is 3x3 where others are 2x2", "size=");
        InMemory colour = new InMemory(new ImageShape(3, 2, 2), List.of(new byte[12]), new int[] {0});
        refuses(Samples.raw(Numbered.of(0, 1), Numbered.of(0), colour, "a", "b"), Division.ALL, "3 channels where others have 1");
    }

    @Test
    void progressCountsEveryImage() {
        List<String> seen = new ArrayList<>();
        DecodingListener listener = new DecodingListener() {
            @Override
            public void decoded(int done, int all) {
                seen.add(done + "/" + all);
            }
        };
        RawDataset raw = Samples.raw(Numbered.of(0, 1), Numbered.of(0), Numbered.of(1), "a", "b");
        new Preparation(Division.ALL, Optional.empty(), Fit.PAD, false, 0).prepare("x", raw, listener);
        assertThat(seen).containsExactly("1/4", "2/4", "3/4", "4/4");
    }

    @Test
    void theValidationOptionIsReadOrRefused() {
        assertThat(Validation.parse("1000")).isEqualTo(new Validation.Count(1000));
        assertThat(Validation.parse("test:5000")).isEqualTo(new Validation.OfTest(5000));
        for (String wrong : List.of("", "tset:5", "-3", "test:", "5.0", "99999999999")) {
            assertThatThrownBy(() -> Validation.parse(wrong))
                    .isInstanceOf(DataException.class).hasMessageContaining("validation=" + wrong).hasMessageContaining("test:5000");
        }
        assertThatThrownBy(() -> Validation.parse("test:0")).isInstanceOf(DataException.class).hasMessageContaining("at least 1");
    }

    private static Division division(Integer train, Validation validation, Integer test) {
        return new Division(optional(train), validation, optional(test));
    }

    private static OptionalInt optional(Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static Dataset prepare(RawDataset raw, Division division) {
        return new Preparation(division, Optional.empty(), Fit.PAD, false, Samples.SEED).prepare("made up", raw, DecodingListener.NONE);
    }

    private static void refuses(RawDataset raw, Division division, String... words) {
        assertThatThrownBy(() -> prepare(raw, division)).isInstanceOf(DataException.class).hasMessageContainingAll(words);
    }
}
