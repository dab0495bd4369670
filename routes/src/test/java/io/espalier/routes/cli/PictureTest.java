package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.espalier.api.InputException;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Preprocessing;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

class PictureTest {

    @TempDir
    Path folder;

    private Path image(int width, int height, int rgb) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(1, 0, rgb);
        Path file = folder.resolve("image.png");
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private static Preprocessing wanted(int channels, int size, Fit fit, Normalisation normalisation) {
        return new Preprocessing(new ImageShape(channels, size, size), fit, normalisation);
    }

    @Test
    void caffeOrderIsBlueGreenRedMinusTheMean() throws IOException {
        try (INDArray batch = Picture.read(image(2, 2, 0x0a141e)).batch(wanted(3, 2, Fit.REFUSE, Normalisation.CAFFE))) {
            assertThat(batch.shape()).containsExactly(1, 3, 2, 2);
            assertThat(batch.getDouble(0, 0, 0, 1)).isEqualTo(30 - 104.00699, within(1e-3));
            assertThat(batch.getDouble(0, 2, 0, 1)).isEqualTo(10 - 122.67892, within(1e-3));
            assertThat(batch.getDouble(0, 1, 1, 1)).isEqualTo(-116.66877, within(1e-3));
        }
    }

    @Test
    void aSmallerImageIsCentredOnBlack() throws IOException {
        try (INDArray batch = Picture.read(image(2, 2, 0xffffff)).batch(wanted(1, 4, Fit.PAD, Normalisation.UNIT))) {
            assertThat(batch.getDouble(0, 0, 1, 2)).isEqualTo(1, within(1e-6));
            assertThat(batch.sumNumber().doubleValue()).isEqualTo(1, within(1e-6));
        }
    }

    @Test
    void whatDoesNotFitIsRefusedByName() throws IOException {
        Path file = image(5, 5, 0);
        assertThatThrownBy(() -> Picture.read(file).batch(wanted(1, 4, Fit.PAD, Normalisation.UNIT)))
                .isInstanceOf(InputException.class).hasMessageContaining("image.png is 5x5 where the network takes 4x4\n    give --fit resize");
    }

    @Test
    void whatIsNoImageIsRefusedByName() throws IOException {
        Path text = Files.writeString(folder.resolve("text.png"), "no image");
        assertThatThrownBy(() -> Picture.read(text)).hasMessageContaining("text.png is no PNG or JPEG");
        assertThatThrownBy(() -> Picture.read(folder.resolve("none.png"))).isInstanceOf(InputException.class).hasMessageContaining("none.png cannot be read");
    }
}
