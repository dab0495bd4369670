package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * 10,000 files that were something Keras wrote before they were changed: each becomes a network or an {@link
 * InputException} and nothing else, and none of them makes the reader allocate what only its claims are large enough for.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileHdf5Test {

    /** What stands in front of HDF5's structures, and of what this reader looks for. */
    private static final List<String> MARKS = List.of(
            "TREE", "HEAP", "SNOD", "GCOL", "layer_names", "weight_names", "model_config", "keras_version", "class_name", "inbound_nodes",
            "keras_history", "batch_shape", "batch_input_shape", "kernel_size", "strides", "padding", "pool_size", "filters", "target_shape");

    private static final String[] WORDS = {
        "-1", "0", "1", "7", "2147483647", "1e300", "null", "true", "\"x\"", "[]", "{}", "[1, 1]", "[0, 0]", "[-5, 3]", "[65535, 65535]",
        "\"same\"", "\"valid\"", "\"channels_first\"", "\"softmax\"", "[[1, 2], [3, 4]]"};

    /** Java heap that reading one file may allocate, over and above a few times its length. */
    private static final long MOST_BYTES = 64 << 20;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "plain.h5, 3500", "plain.keras, 3000", "attention.h5, 1500", "inverted-keras2.h5, 800", "separable.h5, 600",
        "vgg16-notop.h5, 500", "mobilenetv2.h5, 50", "resnet50-notop.weights.h5, 50"})
    void isReadOrRefused(String name, int files) throws IOException {
        byte[] original = Files.readAllBytes(KerasFixture.unpacked(name, folder));
        Random random = new Random(20260109 + name.hashCode());
        List<Integer> structures = structures(original);
        Path file = folder.resolve("changed-" + name);
        int refused = 0;
        for (int i = 0; i < files; i++) {
            Files.write(file, changed(original, structures, random));
            long before = threads.getCurrentThreadAllocatedBytes();
            refused += refused(file, name + ", change " + i) ? 1 : 0;
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).as("bytes allocated for %s, change %d", name, i)
                    .isLessThan(MOST_BYTES + 20L * original.length);
        }
        assertThat(refused).as("changes that matter").isBetween(files / 10, files - 1);
    }

    private static boolean refused(Path file, String what) throws IOException {
        KerasWeightsReader reader = new KerasWeightsReader();
        try {
            if (!reader.accepts(file)) {
                return true;
            }
            reader.read(file, new NoOptions());
            return false;
        } catch (InputException e) {
            assertThat(e).as(what).hasMessageContaining(file.getFileName().toString());
            return true;
        } catch (RuntimeException | Error e) {
            return fail(what + " ended in " + e, e);
        }
    }

    /** Where the structures are. */
    private static List<Integer> structures(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        List<Integer> places = new ArrayList<>(List.of(0, 32, 64));
        for (String mark : MARKS) {
            for (int at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
                places.add(at);
            }
        }
        return places;
    }

    private static byte[] changed(byte[] original, List<Integer> structures, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(original, random.nextInt(original.length));
            case 1 -> anywhere(original.clone(), random);
            case 2 -> repeated(original.clone(), random);
            case 3 -> reworded(original, random);
            default -> nearStructures(original.clone(), structures, random);
        };
    }

    private static byte[] anywhere(byte[] bytes, Random random) {
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = interesting(random);
        }
        return bytes;
    }

    private static byte[] nearStructures(byte[] bytes, List<Integer> structures, Random random) {
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int at = structures.get(random.nextInt(structures.size())) - 64 + random.nextInt(192);
            for (int j = random.nextInt(4); j >= 0; j--) {
                bytes[Math.floorMod(at + j, bytes.length)] = interesting(random);
            }
        }
        return bytes;
    }

    private static byte interesting(Random random) {
        int[] values = {0, 1, 0x7f, 0x80, 0xff};
        return (byte) (random.nextBoolean() ? values[random.nextInt(values.length)] : random.nextInt(256));
    }

    /** One part of the file over another one: references that lead into themselves. */
    private static byte[] repeated(byte[] bytes, Random random) {
        int length = 8 << random.nextInt(6);
        int from = random.nextInt(Math.max(1, (bytes.length - length) / 8)) * 8;
        int to = random.nextInt(Math.max(1, (bytes.length - length) / 8)) * 8;
        System.arraycopy(bytes, from, bytes, to, Math.min(length, bytes.length - Math.max(from, to)));
        return bytes;
    }

    /** A value in the JSON of the configuration replaced by another one of the same length, blanks added. */
    private static byte[] reworded(byte[] original, Random random) {
        String text = new String(original, StandardCharsets.ISO_8859_1);
        int start = text.indexOf("{\"class_name\"");
        if (start < 0) {
            start = text.indexOf("{\"module\"");
        }
        if (start < 0) {
            return anywhere(original.clone(), random);
        }
        int colon = text.indexOf(": ", start + random.nextInt(Math.min(20_000, text.length() - start)));
        int end = colon < 0 ? -1 : end(text, colon + 2);
        if (end < 0) {
            return anywhere(original.clone(), random);
        }
        String word = WORDS[random.nextInt(WORDS.length)];
        int room = end - colon - 2;
        String value = word.length() > room ? word.substring(0, room) : word + " ".repeat(room - word.length());
        return (text.substring(0, colon + 2) + value + text.substring(end)).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int end(String text, int at) {
        int depth = 0;
        for (int i = at; i < Math.min(text.length(), at + 2000); i++) {
            char c = text.charAt(i);
            if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
                return i;
            }
            depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
        }
        return -1;
    }
}
