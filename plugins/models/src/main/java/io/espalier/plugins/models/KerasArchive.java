package io.espalier.plugins.models;

import io.espalier.api.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** The zip that Keras 3 writes as {@code .keras}: the model's configuration and a file of its weights. */
final class KerasArchive implements AutoCloseable {

    private static final String CONFIGURATION = "config.json";
    private static final String METADATA = "metadata.json";
    private static final String WEIGHTS = "model.weights.h5";
    private static final byte[] MAGIC = {'P', 'K', 3, 4};

    /** The configuration of DenseNet121 takes 300 kB. */
    private static final long LONGEST_TEXT = 64 << 20;

    private final Path file;
    private final ZipFile zip;

    private KerasArchive(Path file, ZipFile zip) {
        this.file = file;
        this.zip = zip;
    }

    static boolean accepts(Path file) throws IOException {
        if (!Arrays.equals(Prefix.of(file, MAGIC.length), MAGIC)) {
            return false;
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return zip.getEntry(CONFIGURATION) != null && zip.getEntry(METADATA) != null;
        } catch (ZipException e) {
            // A zip without an end: Keras writes this entry first.
            return new String(Prefix.of(file, 64), StandardCharsets.ISO_8859_1).contains(METADATA);
        }
    }

    static KerasArchive open(Path file) throws IOException {
        try {
            return new KerasArchive(file, new ZipFile(file.toFile()));
        } catch (ZipException e) {
            throw new InputException(file + " is no whole zip file (" + e.getMessage() + "): it is truncated or damaged."
                    + " Get the file again, or save the model again by Keras", e);
        }
    }

    String configuration() throws IOException {
        return new String(bytes(CONFIGURATION, LONGEST_TEXT), StandardCharsets.UTF_8);
    }

    /** What it says of itself, with the version of Keras that wrote it. */
    String metadata() throws IOException {
        return new String(bytes(METADATA, LONGEST_TEXT), StandardCharsets.UTF_8);
    }

    Hdf5File weights() throws IOException {
        // Keras stores the weights as they are, so they are no longer than the file; packed ones would be a bomb.
        return Hdf5File.within(file, bytes(WEIGHTS, file.toFile().length()));
    }

    private byte[] bytes(String name, long most) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new InputException(file + " has no " + name + " in it (weights in several files, perhaps);"
                    + " load it in Keras and save it as 'x.h5'");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes((int) Math.min(most, Integer.MAX_VALUE - 8));
            if (in.read() >= 0) {
                throw new InputException(file + ": its " + name + " is longer than " + most + " bytes. Save the model again by Keras");
            }
            return bytes;
        } catch (ZipException e) {
            throw new InputException(file + ": its " + name + " cannot be unpacked (" + Causes.first(e)
                    + "). Get the file again, or save the model again by Keras", e);
        }
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
