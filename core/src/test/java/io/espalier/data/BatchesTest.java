package io.espalier.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.factory.Nd4j;

class BatchesTest {

    private static final ImageShape COLOUR = new ImageShape(3, 4, 5);

    @Test
    void pixelsBecomeWhatTheFormulaOfTheNormalisationSays() {
        Split split = Samples.split(COLOUR, 7, 2);
        for (Normalisation normalisation : List.of(Normalisation.TORCH, Normalisation.CAFFE, Normalisation.UNIT)) {
            float[] numbers = images(Batches.inOrder(split, 3, normalisation, 2, 3)).get(1);
            byte[] image = split.image(4);
            for (int channel = 0; channel < 3; channel++) {
                int source = normalisation.order() == ColourOrder.BGR ? 2 - channel : channel;
                for (int i = 0; i < 20; i++) {
                    double expected = ((image[source * 20 + i] & 0xff) * normalisation.scale() - normalisation.mean(channel))
                            / normalisation.deviation(channel);
                    assertThat((double) numbers[60 + channel * 20 + i]).isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
                }
            }
        }
    }

    @Test
    void aPureRedImageComesLastInTheChannelsOfACaffeNetwork() {
        Split red = new Split(new ImageShape(3, 1, 1), List.of(new byte[] {(byte) 255, 0, 0}), new int[] {0});
        float[] numbers = images(Batches.inOrder(red, 3, Normalisation.CAFFE, 1, 1)).get(0);
        assertThat(numbers).containsExactly(new float[] {-104.00699f, -116.66877f, 255 - 122.67892f}, within(1e-4f));
    }

    @Test
    void greyImagesAreRepeatedForANetworkOfThreeChannels() {
        Split grey = new Split(new ImageShape(1, 1, 2), List.of(new byte[] {0, (byte) 255}), new int[] {0});
        assertThat(images(Batches.inOrder(grey, 3, Normalisation.UNIT, 1, 1)).get(0)).containsExactly(0, 1, 0, 1, 0, 1);
    }

    @Test
    void colourImagesBecomeTheirLumaForANetworkOfOneChannel() {
        List<byte[]> primaries = List.of(
                new byte[] {(byte) 255, 0, 0}, new byte[] {0, (byte) 255, 0}, new byte[] {0, 0, (byte) 255}, new byte[] {100, 100, 100});
        Split colour = new Split(new ImageShape(3, 1, 1), primaries, new int[4]);
        Normalisation plain = new Normalisation(ColourOrder.RGB, 1, List.of(0.0), List.of(1.0));
        // Rec. 601: 0.299 * 255 = 76.2, 0.587 * 255 = 149.7, 0.114 * 255 = 29.1.
        assertThat(images(Batches.inOrder(colour, 1, plain, 1, 4)).get(0)).containsExactly(76, 150, 29, 100);
    }

    @Test
    void otherNumbersOfChannelsAreRefused() {
        Split split = Samples.split(new ImageShape(2, 4, 4), 2, 2);
        assertThatThrownBy(() -> Batches.inOrder(split, 3, Normalisation.UNIT, 2, 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the images have 2 channels and the network takes 3");
    }

    @Test
    void batchesInOrderHoldEveryImageOnceAndTheLastMayBeSmaller() {
        Split split = Samples.split(COLOUR, 7, 3);
        List<Integer> sizes = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        try (Batches batches = Batches.inOrder(split, 3, Normalisation.UNIT, 3, 3)) {
            assertThat(batches.size()).isEqualTo(7);
            for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
                try (Batch batch = next.get()) {
                    sizes.add(batch.size());
                    Arrays.stream(batch.classes()).forEach(labels::add);
                    assertThat(batch.images().shape()).containsExactly(batch.size(), 3, 4, 5);
                    assertThat(batch.images().dataType()).isEqualTo(DataType.FLOAT);
                    assertThat(batch.labels().shape()).containsExactly(batch.size(), 3);
                    assertThat(batch.labels().argMax(1).toIntVector()).containsExactly(batch.classes());
                    assertThat(batch.labels().sumNumber().intValue()).isEqualTo(batch.size());
                }
            }
            assertThat(batches.next()).isEmpty();
        }
        assertThat(sizes).containsExactly(3, 3, 1);
        assertThat(labels).containsExactly(0, 1, 2, 0, 1, 2, 0);
    }

    @ParameterizedTest
    @EnumSource(Augment.class)
    void theSameSeedGivesTheSameBatchesWhateverTheTiming(Augment augment) throws InterruptedException {
        Split split = Samples.split(new ImageShape(3, 16, 16), 40, 4);
        List<float[]> hurried = images(Batches.shuffled(split, 3, Normalisation.TORCH, 4, 8, augment, new Random(Samples.SEED)));
        Random shared = new Random(Samples.SEED);
        Batches slow = Batches.shuffled(split, 3, Normalisation.TORCH, 4, 8, augment, shared);
        // Drawing from the same generator later changes nothing.
        shared.nextLong();
        Thread.sleep(20);
        assertThat(images(slow)).containsExactlyElementsOf(hurried);
        assertThat(images(Batches.shuffled(split, 3, Normalisation.TORCH, 4, 8, augment, new Random(1))).get(0)).isNotEqualTo(hurried.get(0));
    }

    @Test
    void shufflingShowsEveryImageOnceInAnotherOrder() {
        Split split = Samples.split(new ImageShape(1, 2, 2), 100, 100);
        List<Integer> shown = new ArrayList<>();
        try (Batches batches = Batches.shuffled(split, 1, Normalisation.UNIT, 100, 7, Augment.NONE, new Random(Samples.SEED))) {
            for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
                try (Batch batch = next.get()) {
                    Arrays.stream(batch.classes()).forEach(shown::add);
                }
            }
        }
        assertThat(shown).hasSize(100).doesNotHaveDuplicates().isNotEqualTo(shown.stream().sorted().toList());
    }

    @Test
    void aLabelBeyondTheClassesReachesTheCallerOfNext() {
        Split split = Samples.split(COLOUR, 6, 3);
        try (Batches batches = Batches.inOrder(split, 3, Normalisation.UNIT, 2, 2)) {
            batches.next().orElseThrow().close();
            assertThatThrownBy(batches::next).isInstanceOf(DataException.class).hasMessageContaining("image 2 has label 2");
            assertThatThrownBy(batches::next).as("and again, instead of waiting for ever").isInstanceOf(DataException.class);
        }
    }

    @Test
    void closingEndsTheThread() throws InterruptedException {
        Batches batches = Batches.inOrder(Samples.split(COLOUR, 50, 2), 3, Normalisation.UNIT, 2, 1);
        batches.next().orElseThrow().close();
        assertThat(batches.isPreparing()).isTrue();
        batches.close();
        for (int i = 0; i < 500 && batches.isPreparing(); i++) {
            Thread.sleep(10);
        }
        assertThat(batches.isPreparing()).isFalse();
        assertThatThrownBy(batches::next).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingABatchFreesItEvenIfItWasMadeWithinAWorkspace() {
        WorkspaceConfiguration configuration =
                WorkspaceConfiguration.builder().initialSize(1 << 20).policyLearning(LearningPolicy.NONE).build();
        try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace(configuration, "BatchesTest");
                Batches batches = Batches.inOrder(Samples.split(COLOUR, 1, 2), 3, Normalisation.UNIT, 2, 1)) {
            assertThat(workspace.isScopeActive()).isTrue();
            Batch batch = batches.next().orElseThrow();
            assertThat(batch.images().isAttached()).isFalse();
            batch.close();
            assertThat(batch.images().wasClosed()).isTrue();
            assertThat(batch.labels().wasClosed()).isTrue();
        }
    }

    private static List<float[]> images(Batches all) {
        List<float[]> images = new ArrayList<>();
        try (Batches batches = all) {
            for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
                try (Batch batch = next.get()) {
                    images.add(batch.images().dup('c').data().asFloat());
                }
            }
        }
        return images;
    }
}
