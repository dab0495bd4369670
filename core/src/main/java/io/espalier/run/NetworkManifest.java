package io.espalier.run;

import io.espalier.network.Preprocessing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A network without its numbers.
 *
 * @param configuration DL4J's, as JSON
 * @param preprocessing how images come to it
 * @param classes names of its classes
 * @param packs names of the packs that hold its rows
 * @param parameters where each is
 */
record NetworkManifest(
        String configuration, Preprocessing preprocessing, List<String> classes, List<String> packs, List<Parameter> parameters) {

    /**
     * A parameter.
     *
     * @param layer name of the node
     * @param name DL4J's name of the parameter
     * @param shape of the tensor
     * @param rows for each stretch of rows: index in {@code packs}, first row, number of rows
     */
    record Parameter(String layer, String name, long[] shape, int[][] rows) {}

    /** Gathers where the parameters of a network are. */
    static final class Parameters {

        private final Map<String, Integer> packs = new LinkedHashMap<>();
        private final List<Parameter> parameters = new ArrayList<>();

        void add(String layer, String name, StoredTensor tensor) {
            int[][] rows = tensor.stretches().stream()
                    .map(s -> new int[] {index(s.pack()), s.first(), s.count()})
                    .toArray(int[][]::new);
            parameters.add(new Parameter(layer, name, tensor.shape(), rows));
        }

        private int index(String pack) {
            packs.putIfAbsent(pack, packs.size());
            return packs.get(pack);
        }

        NetworkManifest manifest(String configuration, Preprocessing preprocessing, List<String> classes) {
            return new NetworkManifest(configuration, preprocessing, classes, List.copyOf(packs.keySet()), parameters);
        }
    }

    StoredTensor tensor(Parameter parameter) {
        List<StoredTensor.Stretch> stretches = new ArrayList<>();
        for (int[] row : parameter.rows) {
            stretches.add(new StoredTensor.Stretch(packs.get(row[0]), row[1], row[2]));
        }
        return new StoredTensor(parameter.shape, stretches);
    }

    Set<String> packNames() {
        return new TreeSet<>(packs);
    }
}
