package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.data.ColourOrder;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Preprocessing;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An image file, decoded, to be shown to a network. */
final class Picture {

    private static final int[] SHIFTS_RGB = {16, 8, 0};

    private final Path file;
    private final BufferedImage image;

    private Picture(Path file, BufferedImage image) {
        this.file = file;
        this.image = image;
    }

    /** @throws InputException when it is no image */
    static Picture read(Path file) {
        try {
            BufferedImage image = ImageIO.read(file.toFile());
            if (image == null) {
                throw new InputException(file + " is no PNG or JPEG\n    convert it first");
            }
            return new Picture(file, image);
        } catch (IOException e) {
            throw new InputException(file + " cannot be read: " + e.getMessage() + "\n    is it there, and whole?", e);
        }
    }

    /** As the network expects it, float32 [1, channels, height, width]. */
    INDArray batch(Preprocessing preprocessing) {
        ImageShape shape = preprocessing.input();
        BufferedImage fitted = fit(preprocessing.fit(), shape);
        Normalisation normalisation = preprocessing.normalisation();
        float[] numbers = new float[shape.length()];
        for (int c = 0; c < shape.channels(); c++) {
            int colour = normalisation.order() == ColourOrder.BGR ? shape.channels() - 1 - c : c;
            for (int y = 0; y < shape.height(); y++) {
                for (int x = 0; x < shape.width(); x++) {
                    double pixel = pixel(fitted, x, y, shape.channels() == 1 ? -1 : colour);
                    numbers[(c * shape.height() + y) * shape.width() + x] =
                            (float) ((pixel * normalisation.scale() - normalisation.mean(c)) / normalisation.deviation(c));
                }
            }
        }
        return Nd4j.createFromArray(numbers).reshape(1, shape.channels(), shape.height(), shape.width());
    }

    /** A colour of a pixel, 0..255; its luma (ITU-R BT.601) for -1. */
    private static double pixel(BufferedImage image, int x, int y, int colour) {
        int rgb = image.getRGB(x, y);
        if (colour >= 0) {
            return rgb >> SHIFTS_RGB[colour] & 0xff;
        }
        return Math.round(0.299 * (rgb >> 16 & 0xff) + 0.587 * (rgb >> 8 & 0xff) + 0.114 * (rgb & 0xff));
    }

    private BufferedImage fit(Fit fit, ImageShape shape) {
        if (image.getWidth() == shape.width() && image.getHeight() == shape.height()) {
            return image;
        }
        boolean larger = image.getWidth() > shape.width() || image.getHeight() > shape.height();
        if (fit == Fit.REFUSE || fit == Fit.PAD && larger) {
            throw new InputException(file + " is " + image.getHeight() + "x" + image.getWidth() + " where the network takes " + shape.height() + "x"
                    + shape.width() + "\n    give --fit resize");
        }
        BufferedImage canvas = new BufferedImage(shape.width(), shape.height(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = canvas.createGraphics();
        graphics.setColor(Color.BLACK);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        if (fit == Fit.PAD) {
            graphics.drawImage(image, (shape.width() - image.getWidth()) / 2, (shape.height() - image.getHeight()) / 2, null);
        } else {
            graphics.drawImage(image, 0, 0, shape.width(), shape.height(), null);
        }
        graphics.dispose();
        return canvas;
    }
}
