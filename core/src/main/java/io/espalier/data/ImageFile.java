package io.espalier.data;

import io.espalier.data.Labelled.Image;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * A PNG or JPEG file. Transparency and the orientation that a camera noted are ignored, as by torchvision's ImageFolder;
 * 16-bit samples keep their upper 8 bits.
 */
public final class ImageFile {

    /** A file that claims more pixels than this is refused before any memory is taken for them. */
    public static final long MOST_PIXELS = 100_000_000L;

    private static final long PNG_SIGNATURE = 0x89504E470D0A1A0AL;
    private static final int PNG_HEADER = 0x49484452;
    private static final int PNG_GREY = 0;
    private static final int PNG_GREY_ALPHA = 4;
    private static final int JPEG_SIGNATURE = 0xFFD8;

    /** What the head of a file says. */
    private record Header(String format, ImageShape shape) {}

    private ImageFile() {}

    /** Whether the file begins as a PNG or JPEG file does. */
    public static boolean hasSignature(Path file) throws IOException {
        try (DataInputStream in = open(file)) {
            byte[] start = in.readNBytes(8);
            return start.length == 8 && !format(start).isEmpty();
        }
    }

    /**
     * Extent by the file's header: one channel for a grey image, else three.
     *
     * @throws IOException when the file is neither PNG nor JPEG, or claims more than {@link #MOST_PIXELS}; names the file
     */
    public static ImageShape shape(Path file) throws IOException {
        return header(file).shape();
    }

    /**
     * Decodes the file; the image has the {@link #shape(Path)} of its header.
     *
     * @throws IOException when that cannot be done, names the file; a truncated file is never taken for a whole one
     */
    public static Image read(Path file) throws IOException {
        Header header = header(file);
        BufferedImage decoded;
        try {
            decoded = decode(file, header);
        } catch (IOException | RuntimeException problem) {
            // Java's decoders answer hostile files with all kinds of unchecked exceptions.
            throw new IOException(file + " cannot be decoded: " + problem.getMessage(), problem);
        }
        return header.shape().channels() == 1 ? grey(decoded) : colour(decoded);
    }

    private static DataInputStream open(Path file) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1024));
    }

    private static String format(byte[] start) {
        long word = 0;
        for (byte b : start) {
            word = word << 8 | b & 0xff;
        }
        if (word == PNG_SIGNATURE) {
            return "png";
        }
        return word >>> 48 == JPEG_SIGNATURE ? "jpeg" : "";
    }

    private static Header header(Path file) throws IOException {
        Header header;
        try (DataInputStream in = open(file)) {
            in.mark(8);
            String format = format(in.readNBytes(8));
            header = switch (format) {
                case "png" -> new Header(format, pngShape(in));
                case "jpeg" -> {
                    in.reset();
                    in.skipNBytes(2);
                    yield new Header(format, jpegShape(in));
                }
                default -> throw new IOException("it is neither PNG nor JPEG");
            };
        } catch (EOFException end) {
            throw new IOException(file + " cannot be read as an image: it ends within its header", end);
        } catch (IOException | RuntimeException problem) {
            throw new IOException(file + " cannot be read as an image: " + problem.getMessage(), problem);
        }
        long pixels = (long) header.shape().height() * header.shape().width();
        if (pixels > MOST_PIXELS) {
            throw new IOException(file + " cannot be read as an image: it claims " + header.shape().height() + "x"
                    + header.shape().width() + " pixels, more than the " + MOST_PIXELS + " allowed");
        }
        return header;
    }

    private static ImageShape pngShape(DataInputStream in) throws IOException {
        in.readInt();
        if (in.readInt() != PNG_HEADER) {
            throw new IOException("its first chunk is not IHDR");
        }
        int width = in.readInt();
        int height = in.readInt();
        in.readByte();
        int type = in.readUnsignedByte();
        return new ImageShape(type == PNG_GREY || type == PNG_GREY_ALPHA ? 1 : 3, height, width);
    }

    private static ImageShape jpegShape(DataInputStream in) throws IOException {
        while (true) {
            int marker = in.readUnsignedByte();
            if (marker != 0xFF) {
                throw new IOException("a marker is missing in its header");
            }
            while (marker == 0xFF) {
                marker = in.readUnsignedByte();
            }
            int length = in.readUnsignedShort();
            if (isStartOfFrame(marker)) {
                in.readByte();
                int height = in.readUnsignedShort();
                int width = in.readUnsignedShort();
                return new ImageShape(in.readUnsignedByte() == 1 ? 1 : 3, height, width);
            }
            in.skipNBytes(Math.max(0, length - 2));
        }
    }

    private static boolean isStartOfFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    private static BufferedImage decode(Path file, Header header) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName(header.format()).next();
        List<String> warnings = new ArrayList<>();
        try (InputStream bytes = Files.newInputStream(file);
                ImageInputStream in = new MemoryCacheImageInputStream(bytes)) {
            reader.setInput(in, true, true);
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            if (reader.getHeight(0) != header.shape().height() || reader.getWidth(0) != header.shape().width()) {
                throw new IOException("its header gives two different sizes");
            }
            BufferedImage image = reader.read(0);
            requireWhole(warnings);
            return image;
        } finally {
            reader.dispose();
        }
    }

    // Java's JPEG reader fills what a truncated file lacks with grey and only warns.
    private static void requireWhole(List<String> warnings) throws IOException {
        for (String warning : warnings) {
            String text = warning.toLowerCase(Locale.ROOT);
            if (text.contains("truncated") || text.contains("premature end")) {
                throw new IOException("it is truncated (" + warning + ")");
            }
        }
    }

    // Not by getRGB: that takes grey samples for linear light and changes their values.
    private static Image grey(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] pixels = new byte[height * width];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            greyRow(image, y, row);
            for (int x = 0; x < width; x++) {
                pixels[y * width + x] = (byte) row[x];
            }
        }
        return new Image(new ImageShape(1, height, width), pixels);
    }

    private static void greyRow(BufferedImage image, int y, int[] row) {
        Raster raster = image.getRaster();
        if (image.getColorModel() instanceof IndexColorModel) {
            image.getRGB(0, y, row.length, 1, row, 0, row.length);
            return;
        }
        raster.getSamples(0, y, row.length, 1, 0, row);
        int bits = raster.getSampleModel().getSampleSize(0);
        for (int x = 0; x < row.length; x++) {
            row[x] = bits > 8 ? row[x] >>> (bits - 8) : row[x] * 255 / ((1 << bits) - 1);
        }
    }

    private static Image colour(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int area = height * width;
        byte[] pixels = new byte[3 * area];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                int at = y * width + x;
                pixels[at] = (byte) (row[x] >> 16);
                pixels[area + at] = (byte) (row[x] >> 8);
                pixels[2 * area + at] = (byte) row[x];
            }
        }
        return new Image(new ImageShape(3, height, width), pixels);
    }
}
