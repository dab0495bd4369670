package io.espalier.plugins.onnx.write;

import io.espalier.network.BasisVectors;
import io.espalier.network.BatchNorms;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.PruningPlan;
import io.espalier.network.Surgeon;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What the stages make of a network. */
enum Variants {
    AS_LOADED {
        @Override
        Network of(Network network) {
            return network;
        }
    },
    BATCH_NORMS_FOLDED {
        @Override
        Network of(Network network) {
            return BatchNorms.fold(network);
        }
    },
    PRUNED_AND_FOLDED {
        @Override
        Network of(Network network) {
            Network decomposed = Decomposition.decompose(BatchNorms.fold(network));
            List<PruningPlan.Removal> removals = BasisVectors.groups(decomposed, Map.of()).stream()
                    .map(g -> new PruningPlan.Removal(
                            g.name(), g.kind(), g.size(), IntStream.range(g.size() / 2, g.size()).boxed().toList(), 0, 0))
                    .filter(r -> r.removed().size() < r.size())
                    .toList();
            return Decomposition.fold(Surgeon.apply(new PruningPlan("half of the vectors", removals, Map.of()), decomposed));
        }
    };

    abstract Network of(Network network);
}
