package io.espalier.plugins.datasets;

import static io.espalier.plugins.datasets.Refusals.refuses;
import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.NoOptions;
import io.espalier.data.RawDataset;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxTest {

    @TempDir
    Path folder;

    private Path images;
    private Path labels;

    @BeforeEach
    void threeImagesOfTwoByOne() throws IOException {
        images = Files.write(folder.resolve("train-images-idx3-ubyte"), images(3, 2, 1, 1, 2, 3, 4, 5, 6));
        labels = Files.write(folder.resolve("train-labels-idx1-ubyte"), labels(3, 1, 0, 2));
    }

    @Test
    void plainAndGzippedFilesAreRead() throws IOException {
        RawDataset plain = new Idx().read(folder, new NoOptions());
        assertThat(plain.train().image(1).pixels()).containsExactly(3, 4);
        assertThat(plain.train().label(2)).isEqualTo(2);
        assertThat(plain.classes()).containsExactly("0", "1", "2");
        assertThat(plain.test()).isEmpty();
        Files.move(images, folder.resolve("moved"));
        Files.write(folder.resolve("train-images-idx3-ubyte.gz"), gzip(Files.readAllBytes(folder.resolve("moved"))));
        assertThat(new Idx().read(folder, new NoOptions()).train().image(2).pixels()).containsExactly(5, 6);
    }

    @Test
    void validationAndTestPartsAndClassNamesAreRead() throws IOException {
        Files.write(folder.resolve("validation-images-idx3-ubyte"), images(1, 2, 1, 7, 8));
        Files.write(folder.resolve("validation-labels-idx1-ubyte"), labels(1, 2));
        Files.write(folder.resolve("t10k-images-idx3-ubyte"), images(1, 2, 1, 9, 10));
        Files.write(folder.resolve("t10k-labels-idx1-ubyte"), labels(1, 0));
        Files.writeString(folder.resolve("classes.txt"), "shirt\nshoe\nbag\ncoat\n\n");
        RawDataset raw = new Idx().read(folder, new NoOptions());
        assertThat(raw.classes()).containsExactly("shirt", "shoe", "bag", "coat");
        assertThat(raw.validation().orElseThrow().label(0)).isEqualTo(2);
        assertThat(raw.test().orElseThrow().image(0).pixels()).containsExactly(9, 10);
    }

    @Test
    void aWrongMagicNumberIsRefusedByNameWithWhatWasExpected() throws IOException {
        Files.write(images, labels(3, 1, 0, 2));
        refuses(new Idx(), folder, images.toString(), "0x00000801", "0x00000803");
    }

    @Test
    void aTruncatedFileIsRefusedByNameWithWhatWasExpected() throws IOException {
        byte[] whole = Files.readAllBytes(images);
        Files.write(images, Arrays.copyOf(whole, 20));
        refuses(new Idx(), folder, images.toString(), "truncated", "3 images of 2x1", "22 bytes", "it has 20");
        Files.write(images, Arrays.copyOf(whole, 9));
        refuses(new Idx(), folder, images.toString(), "truncated");
        byte[] packed = gzip(whole);
        Files.write(images, gzip(Arrays.copyOf(whole, 20)));
        refuses(new Idx(), folder, images.toString(), "truncated");
        Files.write(images, Arrays.copyOf(packed, packed.length - 6));
        refuses(new Idx(), folder, images.toString(), "truncated");
        packed[packed.length - 6] ^= 1;
        Files.write(images, packed);
        refuses(new Idx(), folder, images.toString(), "damaged");
    }

    @Test
    void bytesBeyondTheHeadersPromiseAreRefused() throws IOException {
        byte[] more = Arrays.copyOf(Files.readAllBytes(images), 30);
        Files.write(images, more);
        refuses(new Idx(), folder, images.toString(), "22 bytes", "it has 30");
        Files.write(images, gzip(more));
        refuses(new Idx(), folder, images.toString(), "more bytes");
    }

    @Test
    void differentNumbersOfImagesAndLabelsAreRefusedWithBothFiles() throws IOException {
        Files.write(labels, labels(2, 1, 0));
        refuses(new Idx(), folder, images.toString(), "3 images", labels.toString(), "2 labels");
    }

    @Test
    void labelsOutOfRangeAreRefusedByFile() throws IOException {
        Files.writeString(folder.resolve("classes.txt"), "shirt\nshoe\n");
        refuses(new Idx(), folder, labels.toString(), "label 2 of image 2", "2 classes");
        Files.delete(folder.resolve("classes.txt"));
        Files.write(folder.resolve("t10k-images-idx3-ubyte"), images(1, 2, 1, 9, 10));
        Path test = Files.write(folder.resolve("t10k-labels-idx1-ubyte"), labels(1, 9));
        refuses(new Idx(), folder, test.toString(), "label 9 of image 0", "3 classes, 0 to 2");
    }

    @Test
    void aMissingPartnerIsRefusedByName() throws IOException {
        Files.delete(labels);
        assertThat(new Idx().accepts(folder)).isTrue();
        refuses(new Idx(), folder, "train-labels-idx1-ubyte");
    }

    @Test
    void hostileClaimsAreRefusedBeforeMemoryIsTaken() throws IOException {
        Files.write(images, images(Integer.MAX_VALUE, 10_000, 10_000));
        refuses(new Idx(), folder, images.toString(), "truncated");
        Files.write(images, gzip(images(Integer.MAX_VALUE, 10_000, 10_000)));
        refuses(new Idx(), folder, images.toString(), "more than the");
        Files.write(images, gzip(images(1, 100_000, 100_000)));
        refuses(new Idx(), folder, images.toString(), "100000x100000");
        Files.write(images, images(-3, 2, 1));
        refuses(new Idx(), folder, images.toString(), "dimension");
    }

    @Test
    void strangeClassNamesAreRefused() throws IOException {
        Path names = Files.writeString(folder.resolve("classes.txt"), "shirt\n\nshoe\n");
        refuses(new Idx(), folder, names.toString(), "one class name a line");
        Files.write(names, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        refuses(new Idx(), folder, names.toString(), "UTF-8");
    }

    private static byte[] images(int count, int height, int width, int... pixels) {
        ByteBuffer bytes = ByteBuffer.allocate(16 + pixels.length).putInt(0x0803).putInt(count).putInt(height).putInt(width);
        Arrays.stream(pixels).forEach(value -> bytes.put((byte) value));
        return bytes.array();
    }

    private static byte[] labels(int count, int... labels) {
        ByteBuffer bytes = ByteBuffer.allocate(8 + labels.length).putInt(0x0801).putInt(count);
        Arrays.stream(labels).forEach(value -> bytes.put((byte) value));
        return bytes.array();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }
}
