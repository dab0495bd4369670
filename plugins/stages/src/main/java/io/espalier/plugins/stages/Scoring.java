package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.api.StageContext;
import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.Split;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Scores groups by a criterion, and refuses scores that could not be compared. */
final class Scoring {

    private Scoring() {}

    /** Scores of each group by its name. */
    static Map<String, double[]> of(
            Chosen<?> chosen, Criterion<Record> criterion, List<UnitGroup> groups, UnitKind kind, Candidate candidate, StageContext context) {
        if (!criterion.units().contains(kind)) {
            throw new InputException("criterion '" + chosen.name() + "' scores " + words(criterion.units()) + ", but this stage removes "
                    + words(Set.of(kind)));
        }
        Looking looking = new Looking(candidate, context);
        Map<String, double[]> scores = new LinkedHashMap<>();
        for (UnitGroup group : groups) {
            context.checkInterrupted();
            scores.put(group.name(), checked(criterion.score(group, chosen.options(), looking), group, chosen.name()));
        }
        return scores;
    }

    private static String words(Set<UnitKind> kinds) {
        return kinds.stream().sorted().map(k -> k == UnitKind.CHANNEL ? "channels" : "basis vectors").collect(Collectors.joining(" and "));
    }

    private static double[] checked(INDArray scores, UnitGroup group, String criterion) {
        double[] values = scores.castTo(DataType.DOUBLE).dup('c').data().asDouble();
        if (values.length != group.size()) {
            throw new RunFailedException("criterion '" + criterion + "' gave " + values.length + " scores for the " + group.size()
                    + " units of layer '" + group.name() + "'; it must give one each");
        }
        for (int i = 0; i < values.length; i++) {
            if (!Double.isFinite(values[i])) {
                throw new RunFailedException("criterion '" + criterion + "' gave the score " + values[i] + " for unit " + i + " of layer '"
                        + group.name() + "'; scores must be finite");
            }
        }
        return values;
    }

    private record Looking(Candidate candidate, StageContext context) implements CriterionContext {

        @Override
        public Network network() {
            return candidate.network();
        }

        @Override
        public INDArray samples(int count) {
            Split train = candidate.dataset().train();
            if (count < 1 || count > train.size()) {
                throw new InputException(count + " training images were asked for, there are " + train.size());
            }
            List<Integer> order = new ArrayList<>(IntStream.range(0, train.size()).boxed().toList());
            Collections.shuffle(order, context.random("samples"));
            Split chosen = train.select(order.stream().limit(count).mapToInt(Integer::intValue).toArray());
            var preprocessing = network().preprocessing();
            try (Batches batches = Batches.inOrder(
                            chosen, preprocessing.input().channels(), preprocessing.normalisation(), network().classes().size(), count);
                    Batch batch = batches.next().orElseThrow()) {
                return batch.images().dup();
            }
        }

        @Override
        public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
            try (Program program = context.engine().compile(network(), Wanted.PREDICTIONS)) {
                return program.observe(layers, images);
            }
        }

        @Override
        public Random random(String group) {
            return context.random("criterion " + group);
        }
    }
}
