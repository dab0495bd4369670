package io.espalier.api;

import io.espalier.data.ImageFile;
import io.espalier.data.InMemory;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.file.Path;
import org.pf4j.ExtensionPoint;

/**
 * Reads labelled images.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
@Opens({ImageFile.class, InMemory.class})
public interface DatasetReader<O extends Record> extends ExtensionPoint {

    /** Whether the file or folder looks like this format, told from names and magic numbers. */
    boolean accepts(Path source) throws IOException;

    /** @throws InputException when the source is damaged or incomplete; names file and mend */
    RawDataset read(Path source, O options) throws IOException;
}
