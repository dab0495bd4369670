package io.espalier.plugins.activations;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The mean over training images of what the maps of an image say of each unit; of a group the mean over all places where its
 * maps are read. One pass over the images serves all groups, one batch in memory at a time.
 */
abstract class ActivationCriterion<O extends Record & ActivationCriterion.Pass> implements Criterion<O> {

    /** How many training images a criterion looks at, and how many at once. */
    interface Pass {

        int images();

        int batch();
    }

    @Override
    public final Set<UnitKind> units() {
        return Set.of(UnitKind.CHANNEL);
    }

    @Override
    public final INDArray score(UnitGroup group, O options, CriterionContext context) {
        return scores(List.of(group), options, context).get(group.name());
    }

    @Override
    public final Map<String, INDArray> scores(List<UnitGroup> groups, O options, CriterionContext context) {
        Map<String, List<FeatureMaps>> maps = new LinkedHashMap<>();
        Map<String, double[]> sums = new LinkedHashMap<>();
        for (UnitGroup group : groups) {
            maps.put(group.name(), FeatureMaps.of(group, context.network()));
            sums.put(group.name(), new double[group.size()]);
        }
        Set<String> layers = maps.values().stream().flatMap(List::stream).map(FeatureMaps::layer).collect(Collectors.toSet());
        int[] images = {0};
        context.observe(layers, options.images(), options.batch(), observed -> {
            images[0] += Math.toIntExact(observed.values().iterator().next().size(0));
            maps.forEach((group, own) -> own.forEach(place -> add(place, place.in(observed.get(place.layer())), sums.get(group))));
        });
        Map<String, INDArray> scores = new LinkedHashMap<>();
        groups.forEach(group -> {
            double[] mean = Arrays.stream(sums.get(group.name())).map(sum -> sum / images[0] / maps.get(group.name()).size()).toArray();
            requireMeaning(group, mean);
            scores.put(group.name(), Nd4j.createFromArray(mean));
        });
        return scores;
    }

    private void add(FeatureMaps maps, FeatureMaps.Observed observed, double[] sums) {
        for (int image = 0; image < observed.images(); image++) {
            double[] scores = ofImage(maps, observed, image);
            for (int unit = 0; unit < scores.length; unit++) {
                sums[unit] += scores[unit];
            }
        }
    }

    /** What the maps of one image say of each unit, [units]. */
    abstract double[] ofImage(FeatureMaps maps, FeatureMaps.Observed observed, int image);

    /** Throws an {@link io.espalier.api.InputException} when such scores say nothing, with the mend. */
    void requireMeaning(UnitGroup group, double[] scores) {}
}
