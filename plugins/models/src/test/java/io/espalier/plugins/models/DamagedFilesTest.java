package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.espalier.Shared;
import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.NoOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is done to a file, a reader reads it or refuses it; nothing else, and in a moment. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedFilesTest {

    private final Random random = new Random(11);

    @TempDir
    Path folder;

    /** Whether it was refused. */
    private static boolean refused(ModelReader<NoOptions> reader, Path file, String what) throws IOException {
        try {
            reader.read(file, new NoOptions());
            return false;
        } catch (InputException e) {
            assertThat(e).as(what).hasMessageContaining(file.getFileName().toString());
            return true;
        } catch (RuntimeException | Error e) {
            return fail(what + " ended in " + e, e);
        }
    }

    private byte[] mutated(byte[] original) {
        byte[] bytes = original.clone();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    @Test
    void truncatedKerasFilesAreAllRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(KerasFile.small(true).write(folder.resolve("whole.h5"), true));
        for (int i = 0; i < 100; i++) {
            int length = random.nextInt(bytes.length);
            Path file = Files.write(folder.resolve("cut.h5"), Arrays.copyOf(bytes, length));
            assertThat(refused(new KerasWeightsReader(), file, "cut to " + length)).isTrue();
        }
    }

    @Test
    void changedKerasFilesAreReadOrRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(KerasFile.small(false).write(folder.resolve("whole.h5"), true));
        int refusals = 0;
        for (int i = 0; i < 300; i++) {
            Path file = Files.write(folder.resolve("changed.h5"), mutated(bytes));
            refusals += refused(new KerasWeightsReader(), file, "change " + i) ? 1 : 0;
        }
        assertThat(refusals).isPositive();
    }

    /** The real file is in HDF5's older format, whose structures have no checksums. */
    @Test
    void changesWithinTheStructuresOfTheRealKerasFileAreReadOrRefused() throws IOException {
        Path file = Files.copy(Shared.file("models/vgg16-hed-notop.h5"), folder.resolve("changed.h5"));
        file.toFile().setWritable(true);
        List<Integer> places = structures(Files.readAllBytes(file));
        int refusals = 0;
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = 0; i < 30; i++) {
                byte[] before = new byte[64];
                int place = places.get(random.nextInt(places.size()));
                access.seek(place);
                access.readFully(before);
                access.seek(place);
                access.write(mutated(before));
                refusals += refused(new KerasWeightsReader(), file, "change " + i + " at " + place) ? 1 : 0;
                access.seek(place);
                access.write(before);
            }
        }
        assertThat(refusals).isPositive();
        assertThat(refused(new KerasWeightsReader(), file, "the file as it was")).isFalse();
    }

    /** Where trees, heaps, symbol tables and names are, and what follows them. */
    private static List<Integer> structures(byte[] bytes) {
        List<Integer> places = new ArrayList<>();
        for (int at = 0; at < bytes.length - 1024; at += 8) {
            String four = new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
            if (List.of("TREE", "HEAP", "SNOD", "bloc", "layer").contains(four)) {
                for (int offset = 0; offset < 256; offset += 64) {
                    places.add(at + offset);
                }
            }
        }
        return places;
    }

    @Test
    void anHdf5TreeThatBranchesWithoutEndIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("tree.h5"), tree(40, false));
        assertThatThrownBy(() -> Hdf5File.open(file).root().group("any")).isInstanceOf(InputException.class)
                .hasMessageContaining("refer to each other without end");
    }

    @Test
    void anHdf5TreeThatContainsItselfIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("tree.h5"), tree(1, true));
        assertThatThrownBy(() -> Hdf5File.open(file).root().group("any")).isInstanceOf(InputException.class)
                .hasMessageContaining("is damaged");
    }

    /** A file whose root group has a tree in which every node has the next one (or itself) as both of its children. */
    private static byte[] tree(int depth, boolean circle) {
        int heap = 136;
        int nodes = heap + 40;
        int size = nodes + (depth + 1) * 96;
        ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0});
        file.putLong(0).putLong(-1).putLong(size).putLong(-1);
        file.putLong(0).putLong(96);
        file.position(96).put((byte) 1).put((byte) 0).putShort((short) 1).putInt(1).putInt(24).putInt(0);
        file.putShort((short) 17).putShort((short) 16).putInt(0).putLong(nodes).putLong(heap);
        file.position(heap).put("HEAP".getBytes(StandardCharsets.US_ASCII)).putInt(0).putLong(8).putLong(1).putLong(heap + 32);
        for (int i = 0; i <= depth; i++) {
            int next = circle ? nodes : nodes + (i + 1) * 96;
            file.position(nodes + i * 96).put("TREE".getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
            file.put((byte) (i < depth ? 1 : 0)).putShort((short) (i < depth ? 2 : 0)).putLong(-1).putLong(-1);
            file.putLong(0).putLong(next).putLong(0).putLong(next).putLong(0);
        }
        return file.array();
    }

    @Test
    void truncatedZipsAreAllRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(SmallNetworks.save(SmallNetworks.flattening(), folder.resolve("whole.zip")));
        for (int i = 0; i < 100; i++) {
            Path file = Files.write(folder.resolve("cut.zip"), Arrays.copyOf(bytes, random.nextInt(bytes.length)));
            assertThat(refused(new Dl4jReader(), file, "cut " + i)).isTrue();
        }
    }

    @Test
    void changedZipsAreReadOrRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(SmallNetworks.save(SmallNetworks.flattening(), folder.resolve("whole.zip")));
        for (int i = 0; i < 200; i++) {
            Path file = Files.write(folder.resolve("changed.zip"), mutated(bytes));
            refused(new Dl4jReader(), file, "change " + i);
        }
    }

    @Test
    void changedConfigurationsInSoundZipsAreReadOrRefused() throws IOException {
        Map<String, byte[]> entries = Zips.read(SmallNetworks.save(SmallNetworks.flattening(), folder.resolve("whole.zip")));
        byte[] original = entries.get("configuration.json");
        for (int i = 0; i < 300; i++) {
            entries.put("configuration.json", reworded(original));
            refused(new Dl4jReader(), Zips.write(entries, folder.resolve("changed.zip")), "change " + i);
        }
    }

    /** Numbers replaced by others, values by null, lines left out: JSON that mostly still parses. */
    private byte[] reworded(byte[] original) {
        String[] lines = new String(original, StandardCharsets.UTF_8).split("\n");
        int line = random.nextInt(lines.length);
        String[] values = {"-1", "0", "999999999", "null", "\"x\"", "[ ]", "{ }", "1e300"};
        String value = values[random.nextInt(values.length)];
        lines[line] = random.nextInt(4) == 0 ? "" : lines[line].replaceAll(": [^,{\\[]+", ": " + value);
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void changedHeadersOfCoefficientsAreReadOrRefused() throws IOException {
        Map<String, byte[]> entries = Zips.read(SmallNetworks.save(SmallNetworks.flattening(), folder.resolve("whole.zip")));
        byte[] original = entries.get("coefficients.bin");
        for (int i = 0; i < 200; i++) {
            byte[] bytes = original.clone();
            bytes[random.nextInt(160)] = (byte) random.nextInt(256);
            entries.put("coefficients.bin", bytes);
            refused(new Dl4jReader(), Zips.write(entries, folder.resolve("changed.zip")), "change " + i);
        }
    }
}
