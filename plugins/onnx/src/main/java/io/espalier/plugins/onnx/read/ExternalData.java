package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import onnx.OnnxMl.StringStringEntryProto;

/** Numbers that are not in the file but in one beside it. Only files of the model's own folder are looked at. */
final class ExternalData {

    private final ModelFile file;

    ExternalData(ModelFile file) {
        this.file = file;
    }

    /**
     * @param needed bytes that the tensor's shape needs
     * @throws InputException when the place is outside the model's folder, or the bytes are not there
     */
    Supplier<ByteBuffer> bytes(String tensor, List<StringStringEntryProto> entries, long needed) {
        Map<String, String> where = new HashMap<>();
        entries.forEach(entry -> where.put(entry.getKey(), entry.getValue()));
        Path data = beside(tensor, where.getOrDefault("location", ""));
        long offset = number(tensor, "offset", where.getOrDefault("offset", "0"));
        long length = number(tensor, "length", where.getOrDefault("length", String.valueOf(needed)));
        if (length != needed) {
            throw refused(tensor, "needs " + needed + " bytes but names " + length + " in " + data.getFileName(), "Export the network again");
        }
        long size = size(data);
        if (offset > size || length > size - offset) {
            throw refused(tensor, "is said to be bytes " + offset + " to " + (offset + length) + " of " + data.getFileName() + ", which has "
                    + size, "Copy that file again, whole");
        }
        if (needed > Integer.MAX_VALUE - 16) {
            throw refused(tensor, "has " + needed + " bytes; tensors of up to 2 GB are read", "Such a network is not read");
        }
        return () -> read(data, offset, (int) length);
    }

    private Path beside(String tensor, String location) {
        try {
            Path name = Path.of(location).normalize();
            Path folder = file.path().toAbsolutePath().getParent();
            if (location.isBlank() || name.isAbsolute() || name.getNameCount() != 1 || name.toString().isEmpty() || name.startsWith("..")) {
                throw elsewhere(tensor, location);
            }
            Path data = folder.resolve(name);
            if (!Files.isRegularFile(data)) {
                throw refused(tensor, "is in " + data + ", which is not there", "Put that file beside the model");
            }
            // A link could lead anywhere.
            if (!data.toRealPath().getParent().equals(folder.toRealPath())) {
                throw elsewhere(tensor, location);
            }
            return data;
        } catch (InvalidPathException e) {
            throw elsewhere(tensor, location);
        } catch (IOException e) {
            throw new InputException(
                    file.path() + ": the file '" + Operation.printable(location) + "' beside it cannot be read: " + e.getMessage(), e);
        }
    }

    private InputException elsewhere(String tensor, String location) {
        return refused(tensor, "is said to be in '" + Operation.printable(location) + "'; only files in the model's own folder are read",
                "Put that file beside the model and export again, or save the model in one file");
    }

    private long number(String tensor, String key, String text) {
        if (!text.matches("\\d{1,18}")) {
            throw refused(tensor, "has the " + key + " '" + Operation.printable(text) + "', which is no number of bytes", "Export the network again");
        }
        return Long.parseLong(text);
    }

    private static long size(Path data) {
        try {
            return Files.size(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer read(Path data, long offset, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(data)) {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, offset + bytes.position()) < 0) {
                    throw new EOFException(data + " became shorter while it was read");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.flip();
    }

    private InputException refused(String tensor, String what, String mend) {
        return file.refused("its tensor '" + tensor + "' " + what, mend);
    }
}
