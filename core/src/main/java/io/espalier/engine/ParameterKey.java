package io.espalier.engine;

/**
 * A parameter of a network.
 *
 * @param layer name of the node
 * @param parameter DL4J's name of it, for example {@code W}
 */
public record ParameterKey(String layer, String parameter) implements Comparable<ParameterKey> {

    @Override
    public int compareTo(ParameterKey other) {
        int byLayer = layer.compareTo(other.layer);
        return byLayer != 0 ? byLayer : parameter.compareTo(other.parameter);
    }

    @Override
    public String toString() {
        return layer + "/" + parameter;
    }
}
