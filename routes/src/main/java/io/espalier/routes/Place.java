package io.espalier.routes;

import java.util.Comparator;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A place in a pipeline file, or on the command line.
 *
 * @param file name of the file; what was written, if on the command line
 * @param line counted from 1; 0 if on the command line
 * @param column counted from 1
 */
public record Place(String file, int line, int column) implements Comparable<Place> {

    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::file).thenComparingInt(Place::line).thenComparingInt(Place::column);

    static Place commandLine(String written) {
        return new Place(written, 0, 0);
    }

    static Place of(String file, Node node) {
        return node.getStartMark().map(mark -> of(file, mark)).orElse(new Place(file, 1, 1));
    }

    static Place of(String file, Mark mark) {
        return new Place(file, mark.getLine() + 1, mark.getColumn() + 1);
    }

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return line == 0 ? file : file + ":" + line + ":" + column;
    }
}
