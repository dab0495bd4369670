package io.espalier.data;

import java.util.List;

/**
 * How pixel values 0..255 become the numbers a network expects: {@code (pixel * scale - mean) / deviation}, per channel,
 * after the channels are put into {@code order}. One mean and deviation serve every channel count; three serve three
 * channels.
 *
 * @param order order of the channels that the network expects
 * @param scale factor on the pixel values, for example 1/255
 * @param mean per channel in {@code order}, or a single one for all
 * @param deviation per channel in {@code order}, or a single one for all; never 0
 */
public record Normalisation(ColourOrder order, double scale, List<Double> mean, List<Double> deviation) {

    /** Values / 255, then the ImageNet mean and deviation as torchvision's models expect. */
    public static final Normalisation TORCH = new Normalisation(
            ColourOrder.RGB, 1 / 255.0, List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

    /** BGR, values 0..255, minus the ImageNet mean, as Caffe models expect. */
    public static final Normalisation CAFFE = new Normalisation(
            ColourOrder.BGR, 1, List.of(104.00699, 116.66877, 122.67892), List.of(1.0));

    /** The same with the mean that came with VGG, as Keras' VGG and ResNet expect. Source: Simonyan, Zisserman, 2014. */
    public static final Normalisation VGG = new Normalisation(ColourOrder.BGR, 1, List.of(103.939, 116.779, 123.68), List.of(1.0));

    /** Values / 127.5 - 1, as Keras' MobileNets expect. */
    public static final Normalisation SIGNED = new Normalisation(ColourOrder.RGB, 1 / 127.5, List.of(1.0), List.of(1.0));

    /** Values 0..255 as they are, for networks that scale them themselves. */
    public static final Normalisation NONE = new Normalisation(ColourOrder.RGB, 1, List.of(0.0), List.of(1.0));

    /** Values / 255 and nothing else. */
    public static final Normalisation UNIT = new Normalisation(ColourOrder.RGB, 1 / 255.0, List.of(0.0), List.of(1.0));

    public Normalisation {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
        if (mean.isEmpty() || deviation.isEmpty()) {
            throw new IllegalArgumentException("a normalisation needs at least one mean and one deviation");
        }
        if (deviation.contains(0.0)) {
            throw new IllegalArgumentException("a deviation of 0 cannot normalise");
        }
    }

    /**
     * Whether images of that many channels can be normalised: lists of one value serve every channel, longer lists must
     * have one value per channel.
     */
    public boolean serves(int channels) {
        return (mean.size() == 1 || mean.size() == channels) && (deviation.size() == 1 || deviation.size() == channels);
    }

    public double mean(int channel) {
        return mean.size() == 1 ? mean.get(0) : mean.get(channel);
    }

    public double deviation(int channel) {
        return deviation.size() == 1 ? deviation.get(0) : deviation.get(channel);
    }
}
