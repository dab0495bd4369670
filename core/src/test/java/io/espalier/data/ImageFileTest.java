package io.espalier.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.data.Labelled.Image;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFileTest {

    @TempDir
    Path folder;

    @Test
    void aColourPngGivesItsPixelsByChannel() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0x010203);
        image.setRGB(1, 0, 0xFFFEFD);
        Image read = ImageFile.read(write(image, "png"));
        assertThat(read.shape()).isEqualTo(new ImageShape(3, 1, 2));
        assertThat(read.pixels()).containsExactly(1, 0xFF, 2, 0xFE, 3, 0xFD);
    }

    @Test
    void greySamplesKeepTheirValues() throws IOException {
        BufferedImage image = new BufferedImage(256, 1, BufferedImage.TYPE_BYTE_GRAY);
        for (int x = 0; x < 256; x++) {
            image.getRaster().setSample(x, 0, 0, x);
        }
        Image read = ImageFile.read(write(image, "png"));
        assertThat(read.shape()).isEqualTo(new ImageShape(1, 1, 256));
        for (int x = 0; x < 256; x++) {
            assertThat(read.pixels()[x] & 0xff).isEqualTo(x);
        }
    }

    @Test
    void samplesOf16BitsKeepTheUpper8AndOf1BitAreBlackOrWhite() throws IOException {
        BufferedImage deep = new BufferedImage(2, 1, BufferedImage.TYPE_USHORT_GRAY);
        deep.getRaster().setSample(0, 0, 0, 0x1234);
        deep.getRaster().setSample(1, 0, 0, 0xFFFF);
        assertThat(ImageFile.read(write(deep, "png")).pixels()).containsExactly(0x12, 0xFF);
        BufferedImage bits = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY);
        bits.getRaster().setSample(1, 0, 0, 1);
        assertThat(ImageFile.read(write(bits, "png")).pixels()).containsExactly(0, 0xFF);
    }

    @Test
    void jpegIsReadAboutAsItWasWritten() throws IOException {
        BufferedImage orange = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 128; i++) {
            orange.setRGB(i % 16, i / 16, 0xC86432);
        }
        Path file = write(orange, "jpg");
        assertThat(ImageFile.shape(file)).isEqualTo(new ImageShape(3, 8, 16));
        Image read = ImageFile.read(file);
        assertThat(read.pixels()[0] & 0xff).isBetween(0xC8 - 4, 0xC8 + 4);
        assertThat(read.pixels()[128] & 0xff).isBetween(0x64 - 4, 0x64 + 4);
        assertThat(read.pixels()[256] & 0xff).isBetween(0x32 - 4, 0x32 + 4);
        Path grey = write(new BufferedImage(16, 8, BufferedImage.TYPE_BYTE_GRAY), "jpg");
        assertThat(ImageFile.read(grey).shape()).isEqualTo(new ImageShape(1, 8, 16));
    }

    /** Java's own JPEG reader would fill the missing half with grey. */
    @Test
    void aTruncatedImageIsRefusedByName() throws IOException {
        BufferedImage noise = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(Samples.SEED);
        for (int i = 0; i < 4096; i++) {
            noise.setRGB(i % 64, i / 64, random.nextInt());
        }
        for (String format : new String[] {"jpg", "png"}) {
            Path file = write(noise, format);
            byte[] bytes = Files.readAllBytes(file);
            for (int length : new int[] {0, 1, 5, 20, bytes.length / 2, bytes.length * 9 / 10}) {
                Files.write(file, Arrays.copyOf(bytes, length));
                assertThatThrownBy(() -> ImageFile.read(file)).isInstanceOf(IOException.class).hasMessageContaining(file.toString());
            }
        }
    }

    @Test
    void damagedBytesNeverEndInAnythingButAnIoExceptionThatNamesTheFile() throws IOException {
        BufferedImage image = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(Samples.SEED);
        for (String format : new String[] {"jpg", "png"}) {
            Path file = write(image, format);
            byte[] bytes = Files.readAllBytes(file);
            for (int i = 0; i < 300; i++) {
                byte[] damaged = bytes.clone();
                for (int k = 0; k < 3; k++) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                }
                Files.write(file, damaged);
                try {
                    assertThat(ImageFile.read(file).pixels().length).isPositive();
                } catch (IOException refusal) {
                    assertThat(refusal).hasMessageContaining(file.toString());
                }
            }
        }
    }

    @Test
    void anImageThatClaimsTooManyPixelsIsRefusedBeforeItIsDecoded() throws IOException {
        Path file = write(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB), "png");
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        bytes.putInt(16, 200_000).putInt(20, 200_000);
        Files.write(file, bytes.array());
        assertThatThrownBy(() -> ImageFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString()).hasMessageContaining("200000x200000");
    }

    @Test
    void aFileOfAnotherKindIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.png"), "these are notes, no image");
        assertThat(ImageFile.hasSignature(file)).isFalse();
        assertThatThrownBy(() -> ImageFile.read(file)).isInstanceOf(IOException.class).hasMessageContaining("neither PNG nor JPEG");
    }

    private Path write(BufferedImage image, String format) throws IOException {
        Path file = folder.resolve("image-" + image.getType() + "." + format);
        assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
        assertThat(ImageFile.hasSignature(file)).isTrue();
        return file;
    }
}
