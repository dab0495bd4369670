package io.espalier.plugins.models;

import io.espalier.api.InputException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UTFDataFormatException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * The zip that DL4J's {@code ModelSerializer} writes. It is taken apart here rather than by DL4J, which unpacks Java
 * objects that such a file may hold and allocates what the file claims.
 */
final class Dl4jZip implements AutoCloseable {

    static final String CONFIGURATION = "configuration.json";
    static final String COEFFICIENTS = "coefficients.bin";
    static final String CARD = "espalier.json";

    /** The configuration of a network of a thousand layers takes about 2 MB. */
    private static final int LONGEST_TEXT = 64 << 20;

    private static final byte[] MAGIC = {'P', 'K', 3, 4};

    private final Path file;
    private final ZipFile zip;

    private Dl4jZip(Path file, ZipFile zip) {
        this.file = file;
        this.zip = zip;
    }

    /** Whether the file is such a zip, or what is left of one that was cut off. */
    static boolean accepts(Path file) throws IOException {
        if (!Arrays.equals(Prefix.of(file, MAGIC.length), MAGIC)) {
            return false;
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return zip.getEntry(CONFIGURATION) != null;
        } catch (ZipException e) {
            return firstEntryIsConfiguration(file);
        }
    }

    /** DL4J writes the configuration first, so that a truncated file can still be told. */
    private static boolean firstEntryIsConfiguration(Path file) throws IOException {
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(Prefix.of(file, 1 << 10)))) {
            ZipEntry first = in.getNextEntry();
            return first != null && first.getName().equals(CONFIGURATION);
        } catch (IOException e) {
            return false;
        }
    }

    static Dl4jZip open(Path file) throws IOException {
        try {
            return new Dl4jZip(file, new ZipFile(file.toFile()));
        } catch (ZipException e) {
            throw new InputException(file + " is no whole zip file (" + e.getMessage() + "): it is truncated or damaged."
                    + " Copy or save the network again", e);
        }
    }

    /** The text of an entry that must be there. */
    String text(String entry) throws IOException {
        return optionalText(entry).orElseThrow(() -> missing(entry));
    }

    Optional<String> optionalText(String name) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            return Optional.empty();
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(LONGEST_TEXT + 1);
            if (bytes.length > LONGEST_TEXT) {
                throw new InputException(file + ": its " + name + " is longer than " + (LONGEST_TEXT >> 20)
                        + " MB; a network's is not. Save the network again");
            }
            return Optional.of(new String(bytes, StandardCharsets.UTF_8));
        } catch (ZipException | EOFException e) {
            throw damaged(name, e);
        }
    }

    /** Whatever reads an entry. */
    interface EntryReader<T> {
        T read(InputStream in) throws IOException;
    }

    /** What a reader makes of an entry that must be there. */
    <T> T read(String name, EntryReader<T> reader) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw missing(name);
        }
        try (InputStream in = zip.getInputStream(entry)) {
            return reader.read(in);
        } catch (ZipException | EOFException | UTFDataFormatException e) {
            throw damaged(name, e);
        }
    }

    private InputException missing(String entry) {
        return new InputException(file + " has no " + entry + " and so is no network of DL4J's. ModelSerializer.writeModel writes one");
    }

    private InputException damaged(String entry, IOException cause) {
        String why = cause.getMessage() == null ? "it ends too early" : cause.getMessage();
        return new InputException(file + ": its " + entry + " is damaged (" + why + "). Copy or save the network again", cause);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
