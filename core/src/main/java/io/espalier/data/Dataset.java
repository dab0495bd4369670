package io.espalier.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A data set, divided. The test part is read once, at the end of a run.
 *
 * @param source where it was read from, for people
 * @param digest SHA-256 of class names and of shapes, labels, pixels and their order in all parts, hexadecimal
 * @param classes names in label order
 * @param train images to train on
 * @param validation images to stop, guard and choose by
 * @param test images to report on
 * @param note what a reader of the results must know of how it was divided, empty if nothing
 */
public record Dataset(
        String source, String digest, List<String> classes, Split train, Split validation, Split test, String note) {

    public Dataset {
        classes = List.copyOf(classes);
    }

    /** The same, the digest worked out. */
    public static Dataset of(String source, List<String> classes, Split train, Split validation, Split test, String note) {
        MessageDigest sha256 = sha256();
        update(sha256, classes.size());
        for (String name : classes) {
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            update(sha256, text.length);
            sha256.update(text);
        }
        for (Split split : List.of(train, validation, test)) {
            ImageShape shape = split.shape();
            update(sha256, shape.channels(), shape.height(), shape.width(), split.size());
            for (int i = 0; i < split.size(); i++) {
                update(sha256, split.label(i));
                sha256.update(split.pixels(i));
            }
        }
        return new Dataset(source, HexFormat.of().formatHex(sha256.digest()), classes, train, validation, test, note);
    }

    /** No images at all, for a network that comes alone. */
    public static Dataset none(ImageShape shape, List<String> classes) {
        Split empty = new Split(shape, List.of(), new int[0]);
        return of("none", classes, empty, empty, empty, "");
    }

    public boolean isEmpty() {
        return train.size() + validation.size() + test.size() == 0;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    private static void update(MessageDigest digest, int... values) {
        for (int value : values) {
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(value).flip());
        }
    }

    public Split part(Part part) {
        return switch (part) {
            case TRAIN -> train;
            case VALIDATION -> validation;
            case TEST -> test;
        };
    }

    /** Name of a part of a data set. */
    public enum Part {
        TRAIN,
        VALIDATION,
        TEST
    }
}
