package io.espalier.data;

/**
 * Turns images as they are kept into the numbers of a network: channels repeated, mixed or put in order, then normalised
 * by a table of 256 numbers per channel.
 */
final class Pixels {

    private enum Mixing {
        SAME,
        REPEAT,
        LUMA
    }

    private final ImageShape shape;
    private final int channels;
    private final boolean reversed;
    private final Mixing mixing;
    private final float[][] table;

    /**
     * @param shape of the images as they are kept
     * @param channels that the network takes
     * @throws DataException when images of so many channels cannot serve a network of so many
     */
    Pixels(ImageShape shape, int channels, Normalisation normalisation) {
        if (!normalisation.serves(channels)) {
            throw new IllegalArgumentException(
                    "a normalisation of " + normalisation.mean().size() + " channels does not serve a network of " + channels);
        }
        this.shape = shape;
        this.channels = channels;
        this.mixing = mixing(shape.channels(), channels);
        this.reversed = normalisation.order() == ColourOrder.BGR && channels == 3;
        this.table = new float[channels][256];
        for (int channel = 0; channel < channels; channel++) {
            for (int value = 0; value < 256; value++) {
                table[channel][value] = (float)
                        ((value * normalisation.scale() - normalisation.mean(channel)) / normalisation.deviation(channel));
            }
        }
    }

    private static Mixing mixing(int kept, int wanted) {
        if (kept == wanted) {
            return Mixing.SAME;
        }
        if (kept == 1 && wanted == 3) {
            return Mixing.REPEAT;
        }
        if (kept == 3 && wanted == 1) {
            return Mixing.LUMA;
        }
        throw new DataException("the images have " + kept + " channels and the network takes " + wanted
                + ": only grey to colour (1 to 3) and colour to grey (3 to 1) are converted; choose other data or another network");
    }

    /** Numbers that one image becomes. */
    int length() {
        return channels * shape.height() * shape.width();
    }

    /** Writes one image to {@code target[offset ...]} in the order channel, row, column. */
    void write(byte[] image, float[] target, int offset) {
        int area = shape.height() * shape.width();
        for (int channel = 0; channel < channels; channel++) {
            float[] values = table[channel];
            int start = offset + channel * area;
            if (mixing == Mixing.LUMA) {
                for (int i = 0; i < area; i++) {
                    target[start + i] = values[luma(image[i] & 0xff, image[area + i] & 0xff, image[2 * area + i] & 0xff)];
                }
            } else {
                int source = area * (mixing == Mixing.REPEAT ? 0 : reversed ? 2 - channel : channel);
                for (int i = 0; i < area; i++) {
                    target[start + i] = values[image[source + i] & 0xff];
                }
            }
        }
    }

    /** 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded, in 16-bit fixed point so that every machine agrees. */
    private static int luma(int red, int green, int blue) {
        return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
    }
}
