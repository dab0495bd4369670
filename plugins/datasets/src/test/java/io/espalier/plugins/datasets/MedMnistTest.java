package io.espalier.plugins.datasets;

import static io.espalier.plugins.datasets.Refusals.refuses;
import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.data.ImageShape;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MedMnistTest {

    @TempDir
    Path folder;

    private Path file;
    private final Map<String, byte[]> arrays = new LinkedHashMap<>();

    @BeforeEach
    void twoImagesOfOneByTwo() {
        file = folder.resolve("small.npz");
        arrays.put("train_images", npy(1, "|u1", false, "2, 1, 2", 1, 2, 3, 4));
        arrays.put("train_labels", npy(1, "|u1", false, "2, 1", 0, 1));
    }

    @Test
    void greyImagesAreRead() throws IOException {
        RawDataset raw = read();
        assertThat(raw.train().image(1).pixels()).containsExactly(3, 4);
        assertThat(raw.classes()).containsExactly("0", "1");
        assertThat(raw.validation()).isEmpty();
        arrays.put("val_images", npy(2, "|u1", false, "1, 1, 2, 1", 9, 8));
        arrays.put("val_labels", npy(2, "|u1", false, "1,", 1));
        assertThat(read().validation().orElseThrow().image(0).pixels()).containsExactly(9, 8);
    }

    @Test
    void colourImagesAreTurnedToChannelsFirst() throws IOException {
        arrays.put("train_images", npy(1, "|u1", false, "2, 1, 2, 3", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
        RawDataset raw = read();
        assertThat(raw.train().image(0).shape()).isEqualTo(new ImageShape(3, 1, 2));
        assertThat(raw.train().image(0).pixels()).containsExactly(1, 4, 2, 5, 3, 6);
    }

    @Test
    void labelsOf32And64BitsAreRead() throws IOException {
        ByteBuffer four = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(0);
        arrays.put("train_labels", npy(1, "<i4", false, "2,", four.array()));
        assertThat(read().train().label(0)).isEqualTo(1);
        ByteBuffer eight = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(1);
        arrays.put("train_labels", npy(1, "<i8", false, "2, 1", eight.array()));
        assertThat(read().train().label(1)).isEqualTo(1);
        eight.putLong(8, 1L << 40);
        arrays.put("train_labels", npy(1, "<i8", false, "2, 1", eight.array()));
        refuses("train_labels.npy", "label 1099511627776 of image 1");
    }

    @Test
    void classNamesBesideTheFileAreTaken() throws IOException {
        Files.writeString(folder.resolve("small.classes.txt"), "normal\npneumonia\n");
        assertThat(read().classes()).containsExactly("normal", "pneumonia");
    }

    @Test
    void whatCannotBeReadIsRefusedByArrayAndReason() throws IOException {
        Map<byte[], String> wrong = new LinkedHashMap<>();
        wrong.put(npy(1, "|u1", true, "2, 1, 2", 1, 2, 3, 4), "Fortran order");
        wrong.put(npy(1, "<f4", false, "2, 1, 2", new byte[16]), "type <f4; images must be uint8");
        wrong.put(npy(1, "|u1", false, "2, 2", 1, 2, 3, 4), "shape [2, 2] where images have");
        wrong.put(npy(1, "|u1", false, "2, 1, 1, 2", 1, 2, 3, 4), "shape [2, 1, 1, 2]");
        wrong.put(npy(1, "|u1", false, "3, 1, 2", 1, 2, 3, 4), "is damaged: shape [3, 1, 2] of |u1");
        wrong.put(npy(9, "|u1", false, "2, 1, 2", 1, 2, 3, 4), "version 9");
        wrong.put("no array".getBytes(StandardCharsets.UTF_8), "does not begin as a NumPy array");
        for (Map.Entry<byte[], String> entry : wrong.entrySet()) {
            arrays.put("train_images", entry.getKey());
            refuses(file.toString(), "train_images.npy", entry.getValue());
        }
    }

    @Test
    void labelsThatDoNotServeAreRefused() throws IOException {
        arrays.put("train_labels", npy(1, "|u1", false, "2, 2", 0, 1, 1, 1));
        refuses("train_labels.npy", "several labels an image");
        arrays.put("train_labels", npy(1, ">i4", false, "2,", new byte[8]));
        refuses("train_labels.npy", "type >i4");
        arrays.put("train_labels", npy(1, "|u1", false, "3,", 0, 1, 1));
        refuses("2 images", "3 labels");
        arrays.remove("train_labels");
        refuses(file.toString(), "no array train_labels");
    }

    @Test
    void aLabelThatTrainingDoesNotKnowIsRefused() throws IOException {
        arrays.put("test_images", npy(1, "|u1", false, "1, 1, 2", 9, 8));
        arrays.put("test_labels", npy(1, "|u1", false, "1,", 2));
        refuses("test_labels.npy", "label 2 of image 0", "2 classes");
    }

    @Test
    void hostileClaimsAreRefusedBeforeMemoryIsTaken() throws IOException {
        arrays.put("train_images", npy(1, "|u1", false, "2000000000, 9999, 9999", 1));
        refuses("train_images.npy", "damaged", "the zip entry has");
        arrays.put("train_images", npy(1, "|u1", false, "1, 100000, 100000", 1));
        refuses("train_images.npy", "100000x100000");
        arrays.put("train_images", npy(1, "|u1", false, "99999999999999999999, 1, 1", 1));
        refuses("train_images.npy", "header that cannot be read");
    }

    @Test
    void aFlippedBitIsFound() throws IOException {
        arrays.put("train_images", npy(1, "|u1", false, "2, 1, 2", 1, 2, 3, 4));
        write(ZipEntry.STORED);
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\u0001\u0002\u0003\u0004");
        bytes[at] ^= 1;
        Files.write(file, bytes);
        Refusals.refuses(new MedMnist(), file, "train_images.npy", "checksum");
    }

    @Test
    void damagedBytesEndInARefusalOrInData() throws IOException {
        write(ZipEntry.DEFLATED);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(20_260_101);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            Files.write(file, damaged);
            try {
                assertThat(new MedMnist().read(file, new NoOptions()).train().size()).isEqualTo(2);
            } catch (InputException refusal) {
                assertThat(refusal).hasMessageContaining(file.toString());
            }
        }
    }

    @Test
    void strangeFilesAreNotAcceptedAndNeverThrow() throws IOException {
        MedMnist reader = new MedMnist();
        assertThat(reader.accepts(folder)).isFalse();
        assertThat(reader.accepts(folder.resolve("absent"))).isFalse();
        assertThat(reader.accepts(Files.write(folder.resolve("empty"), new byte[0]))).isFalse();
        assertThat(reader.accepts(Files.writeString(folder.resolve("half.zip"), "PK\3\4 and no more"))).isFalse();
        write(ZipEntry.DEFLATED);
        assertThat(reader.accepts(Files.copy(file, folder.resolve("renamed.bin")))).isTrue();
    }

    private RawDataset read() throws IOException {
        write(ZipEntry.DEFLATED);
        return new MedMnist().read(file, new NoOptions());
    }

    private void refuses(String... words) throws IOException {
        write(ZipEntry.DEFLATED);
        Refusals.refuses(new MedMnist(), file, words);
    }

    private void write(int method) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                ZipEntry entry = new ZipEntry(array.getKey() + ".npy");
                entry.setMethod(method);
                if (method == ZipEntry.STORED) {
                    CRC32 sum = new CRC32();
                    sum.update(array.getValue());
                    entry.setCrc(sum.getValue());
                    entry.setSize(array.getValue().length);
                }
                zip.putNextEntry(entry);
                zip.write(array.getValue());
                zip.closeEntry();
            }
        }
    }

    private static byte[] npy(int version, String type, boolean fortran, String shape, int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return npy(version, type, fortran, shape, bytes);
    }

    private static byte[] npy(int version, String type, boolean fortran, String shape, byte[] values) {
        byte[] header = ("{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': (" + shape + "), }\n")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(12 + header.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            bytes.putShort((short) header.length);
        } else {
            bytes.putInt(header.length);
        }
        bytes.put(header).put(values).flip();
        byte[] array = new byte[bytes.limit()];
        bytes.get(array);
        return array;
    }
}
