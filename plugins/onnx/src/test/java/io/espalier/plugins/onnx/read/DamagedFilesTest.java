package io.espalier.plugins.onnx.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.espalier.api.InputException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever is done to a file, it is read as a network that can be used, or refused; nothing else, in a moment, in little memory. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedFilesTest {

    private static final long SEED = 20260104;
    private static final int FILES = 12_000;

    /** Not on the disk: 12,000 files written take longer than what is tested. What is beside it is that of a sound file. */
    private static final Path NAME = Fixture.folder().resolve("mutated.onnx");

    /** A sound file of this size takes some megabytes. */
    private static final long MOST_BYTES = 256L << 20;

    @Test
    void twelveThousandMutatedFilesAreReadOrRefused() throws IOException {
        List<Fixture> originals = Fixture.all().filter(fixture -> !fixture.name().startsWith("weights-double")).toList();
        List<byte[]> contents = new ArrayList<>();
        for (Fixture original : originals) {
            contents.add(Files.readAllBytes(original.file()));
        }
        Mutation mutation = new Mutation(SEED);
        int refused = 0;
        for (int i = 0; i < FILES; i++) {
            Fixture original = originals.get(i % originals.size());
            byte[] bytes = mutation.of(contents.get(i % contents.size()));
            refused += refuses(bytes, original.side(), "file " + i + ", made of " + original) ? 1 : 0;
        }
        assertThat(refused).as("most changes are noticed, and some do no harm").isBetween(FILES / 3, FILES - FILES / 20);
    }

    private static boolean refuses(byte[] bytes, int side, String what) throws IOException {
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = memory.getCurrentThreadAllocatedBytes();
        try {
            ReadNetwork.of(NAME, bytes, side).outputTypes();
            return false;
        } catch (InputException e) {
            assertThat(e).as(what).hasMessageContaining(NAME.toString());
            return true;
        } catch (RuntimeException | Error e) {
            Path kept = Files.write(Path.of("target", "refuted-" + what.replaceAll("\\W+", "-") + ".onnx"), bytes);
            return fail(what + " ended in " + e + "; kept as " + kept, e);
        } finally {
            assertThat(memory.getCurrentThreadAllocatedBytes() - before).as("bytes allocated for " + what).isLessThan(MOST_BYTES);
        }
    }

    @Test
    void everyTruncationOfAFileIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(Fixture.folder().resolve("torch-option-b.onnx"));
        for (int length = 0; length < whole.length; length += 17) {
            assertThat(refuses(Arrays.copyOf(whole, length), 32, "cut to " + length)).as("cut to " + length).isTrue();
        }
    }
}
