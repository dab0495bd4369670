package io.espalier.engine;

import java.util.Locale;

/** In what the convolutions of a network read numbers. They write, and everything else computes, in float32. */
public enum Precision {
    FLOAT32,
    /** Float32's exponent and 7 bits of its fraction. */
    BF16;

    /** As it is written on the command line. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
