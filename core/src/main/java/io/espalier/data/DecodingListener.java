package io.espalier.data;

import io.espalier.data.Dataset.Part;
import java.io.IOException;

/** Who watches images being decoded. Called by the thread that decodes; what it throws ends the decoding. */
public interface DecodingListener {

    /** Watches nothing. */
    DecodingListener NONE = new DecodingListener() {};

    /** After each image, of all parts together. */
    default void decoded(int done, int all) {}

    /** An image was left out; the problem's message names its file. */
    default void unreadable(Part part, IOException problem) {}
}
