package io.espalier.plugins.stages;

import io.espalier.api.Chosen;
import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.StageContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Tells which reader a file is for. */
final class Formats {

    private static final String AUTO = "auto";

    private final StageContext context;

    Formats(StageContext context) {
        this.context = context;
    }

    /**
     * A reader with its options.
     *
     * @param name of the format
     * @param extension the reader
     * @param options bound
     */
    record Found<E>(String name, E extension, Record options) {}

    /** Whether a reader's own look at a file says that it can read it. */
    private interface Accepts<E> {
        boolean test(E reader, Path file) throws IOException;
    }

    @SuppressWarnings("unchecked")
    Found<ModelReader<Record>> model(Path file, String format) throws IOException {
        return find((List<Chosen<ModelReader<Record>>>) (List<?>) context.extensions(ModelReader.class), "model", file, format, ModelReader::accepts);
    }

    @SuppressWarnings("unchecked")
    Found<DatasetReader<Record>> data(Path source, String format) throws IOException {
        return find((List<Chosen<DatasetReader<Record>>>) (List<?>) context.extensions(DatasetReader.class), "data", source, format, DatasetReader::accepts);
    }

    private static <E> Found<E> find(List<Chosen<E>> readers, String what, Path file, String format, Accepts<E> accepts)
            throws IOException {
        List<Chosen<E>> fitting = new ArrayList<>();
        for (Chosen<E> reader : readers) {
            if (format.equals(AUTO) ? accepts.test(reader.extension(), file) : reader.name().equals(format)) {
                fitting.add(reader);
            }
        }
        List<String> names = readers.stream().map(Chosen::name).toList();
        if (fitting.isEmpty()) {
            throw format.equals(AUTO)
                    ? new InputException(file + " is in no known format of a " + what + looksLike(file, names) + "; known are " + names)
                    : new InputException("there is no format '" + format + "' of a " + what + "; known are " + names);
        }
        if (fitting.size() > 1) {
            throw new InputException(file + " could be read as any of " + fitting.stream().map(Chosen::name).toList() + "; say which with "
                    + what + "Format=");
        }
        Chosen<E> found = fitting.get(0);
        return new Found<>(found.name(), found.extension(), found.options());
    }

    private static String looksLike(Path file, List<String> known) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        int dot = name.lastIndexOf('.');
        if (dot < 0) {
            return "";
        }
        String ending = name.substring(dot + 1);
        return " (by its name it is " + ending.toUpperCase(Locale.ROOT)
                + (known.contains(ending) ? ", but its content is not: it is damaged or something else)" : ", which is not known yet)");
    }
}
