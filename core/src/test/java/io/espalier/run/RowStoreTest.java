package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.espalier.api.RunFailedException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RowStoreTest {

    @TempDir
    Path folder;

    private RowStore open() {
        return new RowStore(folder, new Disk(Path.of("runs", "r"), FileChannel::open));
    }

    private long bytes() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(f -> f.toFile().length()).sum();
        }
    }

    private Path onlyPack() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.reduce((a, b) -> {
                throw new AssertionError("more than one pack");
            }).orElseThrow();
        }
    }

    @Test
    void everyBitOfAFloatComesBack() {
        float[] odd = {
            0f, -0f, Float.NaN, Float.intBitsToFloat(0x7fc12345), Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE, Float.intBitsToFloat(1234), Float.MAX_VALUE, 0.1f, -1e-42f, 3.4e38f
        };
        INDArray vector = Nd4j.create(odd, new long[] {1, odd.length}, 'c');
        INDArray fortran = Tiny.noise(new Random(1), 1, 32, 20).dup('f');
        List<StoredTensor> stored = open().put(List.of(vector, fortran));

        INDArray vectorAgain = open().read(stored.get(0));
        INDArray fortranAgain = open().read(stored.get(1));

        assertThat(vectorAgain.shape()).containsExactly(1, odd.length);
        for (int i = 0; i < odd.length; i++) {
            assertThat(Float.floatToRawIntBits(vectorAgain.getFloat(0, i))).isEqualTo(Float.floatToRawIntBits(odd[i]));
        }
        assertThat(fortranAgain).isEqualTo(fortran);
        assertThat(fortranAgain.ordering()).isEqualTo('c');
    }

    @Test
    void fiftyRoundsOfPruningCostIndicesOnly() throws IOException {
        INDArray basis = Tiny.noise(new Random(2), 1, 1024, 1024);
        RowStore store = open();
        store.put(List.of(basis));
        long whole = bytes();
        assertThat(whole).isBetween(4L << 20, (4L << 20) + 50_000);
        List<Integer> kept = new ArrayList<>(IntStream.range(0, 1024).boxed().toList());
        Random random = new Random(3);
        for (int round = 0; round < 50; round++) {
            Collections.shuffle(kept, random);
            kept = new ArrayList<>(new TreeSet<>(kept.subList(0, kept.size() - kept.size() / 20 - 1)));
            INDArray pruned = basis.getRows(kept.stream().mapToInt(i -> i).toArray());
            StoredTensor stored = store.put(List.of(pruned)).get(0);
            assertThat(store.read(stored)).isEqualTo(pruned);
        }
        assertThat(bytes()).isEqualTo(whole);
    }

    @Test
    void aStretchOfRowsIsOneEntry() {
        INDArray basis = Tiny.noise(new Random(4), 1, 64, 32);
        RowStore store = open();
        assertThat(store.put(List.of(basis)).get(0).stretches()).hasSize(1);
        assertThat(store.put(List.of(basis.getRows(0, 1, 2, 9, 10, 40))).get(0).stretches())
                .extracting(StoredTensor.Stretch::first, StoredTensor.Stretch::count)
                .containsExactly(
                        tuple(0, 3),
                        tuple(9, 2),
                        tuple(40, 1));
    }

    @Test
    void whatIsThereAlreadyIsKnownAfterReopening() throws IOException {
        INDArray tensor = Tiny.noise(new Random(5), 1, 64, 32);
        open().put(List.of(tensor, Tiny.noise(new Random(6), 1, 16)));
        long before = bytes();
        open().put(List.of(tensor.getRows(5, 3), Tiny.noise(new Random(6), 1, 16)));
        assertThat(bytes()).isEqualTo(before);
    }

    @Test
    void aPackThatNothingRefersToIsDeletedAndOneInPartUseStays() throws IOException {
        RowStore store = open();
        INDArray first = Tiny.noise(new Random(7), 1, 64, 32);
        String firstPack = store.put(List.of(first)).get(0).stretches().get(0).pack();
        String secondPack = store.put(List.of(Tiny.noise(new Random(8), 1, 64, 32))).get(0).stretches().get(0).pack();
        StoredTensor part = store.put(List.of(first.getRows(1, 2))).get(0);

        store.keepOnly(Set.of(firstPack));

        assertThat(store.holds(secondPack)).isFalse();
        assertThat(onlyPack()).hasFileName(firstPack + Pack.ENDING);
        assertThat(store.read(part)).isEqualTo(first.getRows(1, 2));
        assertThat(store.put(List.of(Tiny.noise(new Random(8), 1, 64, 32))).get(0).stretches().get(0).pack()).isEqualTo(secondPack);
    }

    @Test
    void aChangedRowIsNamedWithItsFileAndTheMend() throws IOException {
        StoredTensor stored = open().put(List.of(Tiny.noise(new Random(9), 1, 64, 32))).get(0);
        Path pack = onlyPack();
        flip(pack, Files.size(pack) - 5);
        RowStore store = open();
        assertThatThrownBy(() -> store.read(stored))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining(pack.toString())
                .hasMessageContaining("row 63 is not what was written")
                .hasMessageContaining("Delete it")
                .hasMessageContaining("espalier run --resume " + Path.of("runs", "r"));
    }

    @Test
    void aChangedHeaderIsNoticedWhenTheStoreIsOpened() throws IOException {
        open().put(List.of(Tiny.noise(new Random(10), 1, 64, 32)));
        Path pack = onlyPack();
        for (long position : new long[] {3, 17, 60}) {
            flip(pack, position);
            assertThatThrownBy(this::open).isInstanceOf(RunFailedException.class).hasMessageContaining(pack + " is damaged");
            flip(pack, position);
        }
        open();
    }

    @Test
    void aTruncatedPackIsNoticedWhenTheStoreIsOpened() throws IOException {
        open().put(List.of(Tiny.noise(new Random(11), 1, 64, 32)));
        Path pack = onlyPack();
        byte[] whole = Files.readAllBytes(pack);
        for (int length : new int[] {0, 7, 18, 40, whole.length - 1}) {
            Files.write(pack, Arrays.copyOf(whole, length));
            assertThatThrownBy(this::open).as("%s bytes", length).isInstanceOf(RunFailedException.class).hasMessageContaining(pack + " is damaged");
        }
    }

    private static void flip(Path file, long position) throws IOException {
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.seek(position);
            int b = f.read();
            f.seek(position);
            f.write(b ^ 1);
        }
    }
}
