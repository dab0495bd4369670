package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.network.Network;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The parameters of a network at work: the network's own until they are set. */
final class Parameters implements AutoCloseable {

    private final Network network;
    private final Map<ParameterKey, INDArray> set = new HashMap<>();
    private final Map<ParameterKey, Integer> changes = new HashMap<>();

    Parameters(Network network) {
        this.network = network;
    }

    /** Its present value; not to be written. */
    INDArray value(ParameterKey key) {
        INDArray value = set.get(key);
        return value == null ? original(key) : value;
    }

    private INDArray original(ParameterKey key) {
        INDArray value = network.has(key.layer()) ? network.node(key.layer()).parameters().get(key.parameter()) : null;
        if (value == null) {
            throw new IllegalArgumentException("the network has no parameter '" + key + "'");
        }
        return value;
    }

    void set(ParameterKey key, INDArray value) {
        INDArray mine = set.computeIfAbsent(key, k -> original(k).ulike());
        mine.assign(value.castTo(DataType.FLOAT).reshape(mine.shape()));
        changes.merge(key, 1, Integer::sum);
    }

    /** A number that grows with every change of one of them. */
    int changes(Set<ParameterKey> keys) {
        return keys.stream().mapToInt(key -> changes.getOrDefault(key, 0)).sum();
    }

    /** Whether an array is the value of one of them, and not something computed from them. */
    boolean own(INDArray array) {
        return set.values().stream().anyMatch(value -> value == array)
                || network.nodes().stream().flatMap(node -> node.parameters().values().stream()).anyMatch(value -> value == array);
    }

    @Override
    public void close() {
        set.values().forEach(INDArray::close);
    }
}
