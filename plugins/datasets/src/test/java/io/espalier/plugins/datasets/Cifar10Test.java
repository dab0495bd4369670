package io.espalier.plugins.datasets;

import static io.espalier.plugins.datasets.Refusals.refuses;
import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.NoOptions;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Cifar10Test {

    @TempDir
    Path folder;

    @Test
    void batchesAreReadInTheOrderOfTheirNumbers() throws IOException {
        write("data_batch_10.bin", 3);
        write("data_batch_2.bin", 1, 2);
        RawDataset raw = new Cifar10().read(folder, new NoOptions());
        assertThat(new int[] {raw.train().label(0), raw.train().label(1), raw.train().label(2)}).containsExactly(1, 2, 3);
        assertThat(raw.classes().get(3)).isEqualTo("cat");
        assertThat(raw.test()).isEmpty();
        assertThat(raw.train().image(1).pixels()[0]).isEqualTo((byte) 2);
    }

    @Test
    void aSizeThatIsNoMultipleOfARecordIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("data_batch_1.bin"), new byte[3073 * 2 - 1]);
        refuses(new Cifar10(), folder, file.toString(), "6145 bytes", "3073", "truncated");
        Files.write(file, new byte[0]);
        refuses(new Cifar10(), folder, file.toString(), "0 bytes");
    }

    @Test
    void aLabelBeyondTheClassesIsRefusedByFile() throws IOException {
        write("data_batch_1.bin", 1);
        Path file = write("test_batch.bin", 4, 10);
        refuses(new Cifar10(), folder, file.toString(), "label 10 of image 1", "10 classes, 0 to 9");
    }

    @Test
    void aTestBatchAloneIsRefusedWithWhatIsMissing() throws IOException {
        write("test_batch.bin", 4);
        assertThat(new Cifar10().accepts(folder)).isTrue();
        refuses(new Cifar10(), folder, folder.toString(), "data_batch_1.bin");
    }

    private Path write(String name, int... labels) throws IOException {
        byte[] bytes = new byte[3073 * labels.length];
        for (int i = 0; i < labels.length; i++) {
            bytes[3073 * i] = (byte) labels[i];
            bytes[3073 * i + 1] = (byte) labels[i];
        }
        return Files.write(folder.resolve(name), bytes);
    }
}
