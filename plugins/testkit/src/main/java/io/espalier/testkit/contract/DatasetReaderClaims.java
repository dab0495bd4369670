package io.espalier.testkit.contract;

import io.espalier.api.DatasetReader;
import io.espalier.data.Labelled;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a reader of labelled images promises. */
final class DatasetReaderClaims {

    private final Subject subject;
    private final DatasetReader<Record> reader;

    @SuppressWarnings("unchecked")
    DatasetReaderClaims(Subject subject, DatasetReader<?> reader) {
        this.subject = subject;
        this.reader = (DatasetReader<Record>) reader;
    }

    List<Claim> all() {
        return new ReaderClaims(subject, new ReaderClaims.Reader() {
            @Override
            public boolean accepts(Path source) throws IOException {
                return reader.accepts(source);
            }

            @Override
            public String read(Path source) throws IOException {
                return images(reader.read(source, subject.options()));
            }
        }).all();
    }

    /** Number and content of the images, after every one was seen to be whole. */
    private String images(RawDataset raw) throws IOException {
        if (raw == null || raw.train().size() == 0) {
            throw subject.broken("gives no training images");
        }
        List<Labelled> parts = new ArrayList<>(List.of(raw.train()));
        raw.validation().ifPresent(parts::add);
        raw.test().ifPresent(parts::add);
        int images = 0;
        int hash = 1;
        for (Labelled part : parts) {
            for (int i = 0; i < part.size(); i++) {
                int label = part.label(i);
                if (label < 0 || label >= raw.classes().size()) {
                    throw subject.broken("gives " + part.name(i) + " the label " + label + ", but names " + raw.classes().size()
                            + " classes; labels count from 0");
                }
                hash = 31 * hash + 17 * label + Arrays.hashCode(part.image(i).pixels());
                images++;
            }
        }
        return images + " images of " + raw.classes().size() + " classes, hash " + Integer.toHexString(hash);
    }
}
