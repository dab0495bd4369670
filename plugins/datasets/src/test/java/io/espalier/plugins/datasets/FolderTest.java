package io.espalier.plugins.datasets;

import static io.espalier.plugins.datasets.Refusals.refuses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.NoOptions;
import io.espalier.data.DataException;
import io.espalier.data.Dataset;
import io.espalier.data.Dataset.Part;
import io.espalier.data.DecodingListener;
import io.espalier.data.Division;
import io.espalier.data.Extent;
import io.espalier.data.Fit;
import io.espalier.data.Labelled;
import io.espalier.data.Preparation;
import io.espalier.data.RawDataset;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderTest {

    private static final int RED = 0xFF0000;

    @TempDir
    Path root;

    @Test
    void classFoldersAreDividedAndSortedByName() throws IOException {
        for (int i = 0; i < 20; i++) {
            image("zebra/" + i + ".png", RED);
            image("ant/" + i + ".PNG", 0x0000FF);
        }
        Files.writeString(root.resolve("README.txt"), "where this comes from");
        Files.writeString(root.resolve("ant/.hidden"), "not looked at");
        RawDataset raw = read();
        assertThat(raw.classes()).containsExactly("ant", "zebra");
        assertThat(raw.test()).isEmpty();
        for (int i = 0; i < 40; i++) {
            assertThat(raw.train().image(i).pixels()[0]).isEqualTo((byte) (raw.train().label(i) == 1 ? 255 : 0));
        }
        Dataset dataset = prepare(raw, false, DecodingListener.NONE);
        assertThat(dataset.train().classCounts(2)).containsExactly(14, 14);
        assertThat(dataset.validation().classCounts(2)).containsExactly(3, 3);
        assertThat(dataset.test().classCounts(2)).containsExactly(3, 3);
    }

    @Test
    void partsThatAreThereAreUsed() throws IOException {
        for (String part : List.of("train", "val", "test")) {
            image(part + "/a/1.png", RED);
            image(part + "/b/1.jpg", RED);
        }
        RawDataset raw = read();
        assertThat(raw.train().size()).isEqualTo(2);
        assertThat(raw.validation().orElseThrow().size()).isEqualTo(2);
        assertThat(raw.test().orElseThrow().size()).isEqualTo(2);
        image("validation/a/1.png", RED);
        refuses(new Folder(), root, "both validation and val");
    }

    @Test
    void everyBeginningHoldsTheClassesInTheirShares() throws IOException {
        for (int i = 0; i < 30; i++) {
            image("a/" + i + ".png", RED);
            if (i < 10) {
                image("b/" + i + ".png", RED);
            }
        }
        Labelled train = read().train();
        assertThat(IntStream.range(0, 20).map(train::label).sum()).isEqualTo(5);
        assertThat(IntStream.range(0, 8).map(train::label).sum()).isEqualTo(2);
    }

    @Test
    void imagesStayGreyOnlyWhenAllAre() throws IOException {
        grey("a/1.png");
        grey("b/1.jpg");
        assertThat(read().train().image(0).shape().channels()).isEqualTo(1);
        image("b/2.png", RED);
        for (int i = 0; i < 3; i++) {
            assertThat(read().train().image(i).shape().channels()).isEqualTo(3);
        }
    }

    @Test
    void anUnreadableImageIsNamedFatalOrSkipped() throws IOException {
        for (int i = 0; i < 10; i++) {
            image("a/" + i + ".png", RED);
            image("b/" + i + ".jpg", RED);
        }
        Path broken = root.resolve("b/4.jpg");
        byte[] bytes = Files.readAllBytes(broken);
        Files.write(broken, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> prepare(read(), false, DecodingListener.NONE))
                .isInstanceOf(DataException.class).hasMessageContaining(broken.toString());
        List<String> named = new ArrayList<>();
        Dataset dataset = prepare(read(), true, new DecodingListener() {
            @Override
            public void unreadable(Part part, IOException problem) {
                named.add(problem.getMessage());
            }
        });
        assertThat(named).hasSize(1).first().asString().contains(broken.toString());
        assertThat(dataset.train().size() + dataset.validation().size() + dataset.test().size()).isEqualTo(19);
        assertThat(dataset.note()).contains("left out as unreadable: 1");
    }

    @Test
    void anImageThatDoesNotFitIsRefusedByFile() throws IOException {
        image("a/1.png", RED);
        Preparation tooSmall = new Preparation(Division.ALL, Optional.of(new Extent(4, 4)), Fit.PAD, false, 0);
        for (int i = 0; i < 5; i++) {
            image("b/" + i + ".png", RED);
            image("a/" + i + ".png", RED);
        }
        assertThatThrownBy(() -> tooSmall.prepare("x", read(), DecodingListener.NONE))
                .isInstanceOf(DataException.class).hasMessageContaining(root.toString()).hasMessageContaining("fit=resize");
    }

    @Test
    void aFileThatIsNoImageIsRefusedByName() throws IOException {
        image("a/1.png", RED);
        image("b/1.png", RED);
        Path notes = Files.writeString(root.resolve("b/notes.txt"), "not an image");
        refuses(new Folder(), root, notes.toString(), "no PNG or JPEG");
    }

    @Test
    void anEmptyClassIsRefusedByName() throws IOException {
        image("a/1.png", RED);
        Path empty = Files.createDirectory(root.resolve("b"));
        refuses(new Folder(), root, empty.toString(), "holds no image");
    }

    @Test
    void differentClassesInTrainAndTestAreRefusedByName() throws IOException {
        image("train/a/1.png", RED);
        image("train/b/1.png", RED);
        image("test/a/1.png", RED);
        image("test/c/1.png", RED);
        refuses(new Folder(), root, root.resolve("test").toString(), "only one of them has b, c");
    }

    @Test
    void aFolderThatNobodyWouldReadIsRefused() throws IOException {
        image("train/a/1.png", RED);
        image("train/b/1.png", RED);
        image("valid/a/1.png", RED);
        refuses(new Folder(), root, root.resolve("valid").toString(), "none of the folders train");
    }

    @Test
    void testWithoutTrainAndImagesOutsideClassesAndASingleClassAreRefused() throws IOException {
        image("test/a/1.png", RED);
        refuses(new Folder(), root, "a folder test but no folder train");
        image("train/a/1.png", RED);
        refuses(new Folder(), root, "at least 2 classes", "[a]");
        image("train/loose.png", RED);
        refuses(new Folder(), root, root.resolve("train/loose.png").toString(), "outside any class");
    }

    @Test
    void onlyFoldersOfImagesByClassAreAccepted() throws IOException {
        Folder reader = new Folder();
        assertThat(reader.accepts(root)).isFalse();
        assertThat(reader.accepts(root.resolve("absent"))).isFalse();
        Files.createDirectories(root.resolve("docs"));
        Files.writeString(root.resolve("docs/a.txt"), "text");
        assertThat(reader.accepts(root)).isFalse();
        image("train/a/1.png", RED);
        assertThat(reader.accepts(root)).isTrue();
        assertThat(reader.accepts(root.resolve("train/a/1.png"))).isFalse();
    }

    private RawDataset read() throws IOException {
        return new Folder().read(root, new NoOptions());
    }

    private static Dataset prepare(RawDataset raw, boolean skipUnreadable, DecodingListener listener) {
        return new Preparation(Division.ALL, Optional.empty(), Fit.PAD, skipUnreadable, 7).prepare("folder", raw, listener);
    }

    private void image(String name, int colour) throws IOException {
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64; i++) {
            image.setRGB(i % 8, i / 8, colour);
        }
        write(name, image);
    }

    private void grey(String name) throws IOException {
        write(name, new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY));
    }

    private void write(String name, BufferedImage image) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        assertThat(ImageIO.write(image, name.toLowerCase().endsWith("png") ? "png" : "jpg", file.toFile())).isTrue();
    }
}
