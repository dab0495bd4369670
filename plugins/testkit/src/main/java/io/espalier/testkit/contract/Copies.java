package io.espalier.testkit.contract;

import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Networks that share no tensor with another, so that a change of one can be seen and does no harm. */
final class Copies {

    private Copies() {}

    static Network of(Network network) {
        NetworkEdit edit = network.edit();
        for (Node node : network.nodes()) {
            Map<String, INDArray> own = new LinkedHashMap<>();
            node.parameters().forEach((key, value) -> own.put(key, value.dup('c')));
            edit.replace(node.with(own));
        }
        return edit.build();
    }

    /** Whether every parameter is a number. Outputs do not tell: a rectifier makes 0 of what is none. */
    static boolean areNumbers(Network network) {
        return network.nodes().stream()
                .flatMap(node -> node.parameters().values().stream())
                .allMatch(tensor -> Double.isFinite(tensor.sumNumber().doubleValue()));
    }

    /** Of the tensors as they are now: a network remembers the digest that it was first asked for. */
    static String digest(Network network) {
        return network.edit().build().digest();
    }
}
