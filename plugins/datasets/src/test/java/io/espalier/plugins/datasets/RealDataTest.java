package io.espalier.plugins.datasets;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Shared;
import io.espalier.api.DatasetReader;
import io.espalier.api.NoOptions;
import io.espalier.data.Dataset;
import io.espalier.data.DecodingListener;
import io.espalier.data.Division;
import io.espalier.data.Extent;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Labelled;
import io.espalier.data.Preparation;
import io.espalier.data.RawDataset;
import io.espalier.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the published figures of real data sets. */
class RealDataTest {

    private static final List<DatasetReader<NoOptions>> READERS = List.of(new Cifar10(), new Folder(), new Idx(), new MedMnist());

    @TempDir
    Path folder;

    @Test
    void everySourceIsAcceptedByItsReaderAlone() throws IOException {
        assertThat(accepting(Shared.file("data/mnist"))).containsExactly(Idx.class);
        assertThat(accepting(Shared.file("data/cifar10"))).containsExactly(Cifar10.class);
        assertThat(accepting(pneumonia())).containsExactly(MedMnist.class);
        assertThat(accepting(pneumonia().getParent())).isEmpty();
    }

    private static List<Class<?>> accepting(Path source) throws IOException {
        List<Class<?>> accepting = new ArrayList<>();
        for (DatasetReader<NoOptions> reader : READERS) {
            if (reader.accepts(source)) {
                accepting.add(reader.getClass());
            }
        }
        return accepting;
    }

    private static Path pneumonia() {
        return Shared.file("data/pneumoniamnist").resolve("pneumoniamnist-reduced-train.npz");
    }

    /** Class counts of MNIST as everybody finds them; pixels by the checksum of the unpacked test file. */
    @Test
    void mnistIsReadWhole() throws IOException, GeneralSecurityException {
        RawDataset raw = new Idx().read(Shared.file("data/mnist"), new NoOptions());
        assertThat(raw.classes()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(counts(raw.train(), 10)).containsExactly(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949);
        assertThat(raw.validation()).isEmpty();
        Labelled test = raw.test().orElseThrow();
        assertThat(counts(test, 10)).containsExactly(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009);
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(HexFormat.of().parseHex("00000803000027100000001c0000001c"));
        for (int i = 0; i < test.size(); i++) {
            sha256.update(test.image(i).pixels());
        }
        assertThat(HexFormat.of().formatHex(sha256.digest()))
                .isEqualTo("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");
    }

    @Test
    void cifar10IsReadWhole() throws IOException {
        RawDataset raw = new Cifar10().read(Shared.file("data/cifar10"), new NoOptions());
        assertThat(raw.classes()).startsWith("airplane", "automobile").endsWith("truck").hasSize(10);
        assertThat(counts(raw.train(), 10)).containsExactly(1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981);
        assertThat(counts(raw.test().orElseThrow(), 10)).containsOnly(1000);
        assertThat(raw.classes().get(raw.test().orElseThrow().label(0))).isEqualTo("cat");
        assertThat(raw.train().image(0).shape()).isEqualTo(new ImageShape(3, 32, 32));
    }

    @Test
    void pneumoniaMnistIsReadWhole() throws IOException {
        RawDataset raw = new MedMnist().read(pneumonia(), new NoOptions());
        assertThat(raw.classes()).containsExactly("0", "1");
        assertThat(counts(raw.train(), 2)).containsExactly(388, 3494);
        assertThat(counts(raw.validation().orElseThrow(), 2)).containsExactly(135, 389);
        assertThat(counts(raw.test().orElseThrow(), 2)).containsExactly(234, 390);
        assertThat(raw.train().image(0).shape()).isEqualTo(new ImageShape(1, 28, 28));
    }

    @Test
    void aStratifiedChoiceOfMnistKeepsTheSharesAndPadsTo32() throws IOException {
        RawDataset raw = new Idx().read(Shared.file("data/mnist"), new NoOptions());
        Division division = new Division(OptionalInt.of(5000), new Division.Validation.Count(1000), OptionalInt.of(500));
        Dataset dataset = new Preparation(division, Optional.of(new Extent(32, 32)), Fit.PAD, false, 1)
                .prepare("mnist", raw, DecodingListener.NONE);
        Split train = dataset.train();
        assertThat(train.size()).isEqualTo(5000);
        assertThat(dataset.validation().size()).isEqualTo(1000);
        assertThat(dataset.test().size()).isEqualTo(500);
        int[] whole = counts(raw.train(), 10);
        int[] chosen = train.classCounts(10);
        for (int c = 0; c < 10; c++) {
            assertThat(Math.abs(chosen[c] - whole[c] / 12.0)).as("class " + c).isLessThan(1.01);
        }
        assertThat(train.shape()).isEqualTo(new ImageShape(1, 32, 32));
        byte[] padded = dataset.test().image(0);
        byte[] original = raw.test().orElseThrow().image(0).pixels();
        for (int row = 0; row < 32; row++) {
            for (int column = 0; column < 32; column++) {
                boolean inside = row >= 2 && row < 30 && column >= 2 && column < 30;
                assertThat(padded[row * 32 + column]).isEqualTo(inside ? original[(row - 2) * 28 + column - 2] : 0);
            }
        }
    }

    @Test
    void halfOfARealFileIsRefusedByName() throws IOException {
        Path real = Shared.file("data/mnist");
        for (String name : List.of("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")) {
            Files.copy(real.resolve(name), folder.resolve(name));
        }
        Path images = folder.resolve("train-images-idx3-ubyte.gz");
        byte[] bytes = Files.readAllBytes(images);
        Files.write(images, Arrays.copyOf(bytes, bytes.length / 2));
        Refusals.refuses(new Idx(), folder, images.toString(), "truncated");

        Path npz = folder.resolve("half.npz");
        byte[] whole = Files.readAllBytes(pneumonia());
        Files.write(npz, Arrays.copyOf(whole, whole.length / 2));
        assertThat(new MedMnist().accepts(npz)).isTrue();
        Refusals.refuses(new MedMnist(), npz, npz.toString(), "truncated");
    }

    private static int[] counts(Labelled part, int classes) {
        int[] counts = new int[classes];
        for (int i = 0; i < part.size(); i++) {
            counts[part.label(i)]++;
        }
        return counts;
    }
}
