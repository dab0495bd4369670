package io.espalier.data;

/** Order of the three colour channels that a network expects; data is always kept as RGB. */
public enum ColourOrder {
    RGB,
    BGR
}
