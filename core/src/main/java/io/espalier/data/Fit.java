package io.espalier.data;

import io.espalier.data.Labelled.Image;

/** What is done with an image whose height and width are not those of the network. */
public enum Fit {
    /** A smaller image is centred on black; a larger one is refused. */
    PAD,
    /**
     * Without keeping the ratio of height and width: bilinear along an axis that grows (half-pixel centres, as PyTorch with
     * {@code align_corners=False}), the average of the covered area along an axis that shrinks, so that nothing is skipped.
     */
    RESIZE,
    /** Any other size is an error. */
    REFUSE;

    /**
     * The image with that height and width; the same object if it has them already.
     *
     * @throws DataException when this way of fitting refuses the image
     */
    public Image apply(Image image, Extent wished) {
        Extent extent = Extent.of(image.shape());
        if (extent.equals(wished)) {
            return image;
        }
        return switch (this) {
            case PAD -> pad(image, wished);
            case RESIZE -> Resampling.apply(image, wished);
            case REFUSE -> throw new DataException("an image of " + extent + " where " + wished
                    + " is wanted; fit=pad centres smaller images on black, fit=resize resizes");
        };
    }

    private static Image pad(Image image, Extent wished) {
        ImageShape from = image.shape();
        if (from.height() > wished.height() || from.width() > wished.width()) {
            throw new DataException("an image of " + Extent.of(from) + " is larger than the wished " + wished
                    + " and cannot be padded; use fit=resize");
        }
        ImageShape to = new ImageShape(from.channels(), wished.height(), wished.width());
        byte[] padded = new byte[to.length()];
        int top = (to.height() - from.height()) / 2;
        int left = (to.width() - from.width()) / 2;
        for (int channel = 0; channel < from.channels(); channel++) {
            for (int row = 0; row < from.height(); row++) {
                int source = (channel * from.height() + row) * from.width();
                int target = (channel * to.height() + top + row) * to.width() + left;
                System.arraycopy(image.pixels(), source, padded, target, from.width());
            }
        }
        return new Image(to, padded);
    }
}
