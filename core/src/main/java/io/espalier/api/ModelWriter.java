package io.espalier.api;

import io.espalier.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.pf4j.ExtensionPoint;

/**
 * Writes a network of standard layers.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
public interface ModelWriter<O extends Record> extends ExtensionPoint {

    /** How the names of its files end, without a dot. */
    String extension();

    /**
     * @param network standard layers only
     * @param card what is to travel with it: preprocessing, classes, lineage, metrics; plain JSON values
     * @param file to be written; whoever calls moves it into place when it is whole
     */
    void write(Network network, Map<String, Object> card, Path file, O options) throws IOException;
}
