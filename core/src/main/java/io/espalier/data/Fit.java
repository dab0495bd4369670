package io.espalier.data;

/** What is done with an image whose height and width are not those of the network. */
public enum Fit {
    /** A smaller image is centred on black; a larger one is refused. */
    PAD,
    /** Bilinear, without keeping the ratio of height and width. */
    RESIZE,
    /** Any other size is an error. */
    REFUSE
}
