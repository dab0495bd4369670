package io.espalier.plugins.activations;

import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.network.UnitGroup;
import java.util.Arrays;
import org.pf4j.Extension;

/**
 * Share of the numbers in a unit's maps that are not zero: 1 - APoZ, the average percentage of zeros. Source: Hu et al.,
 * "Network Trimming: A Data-Driven Neuron Pruning Approach towards Efficient Deep Architectures", 2016.
 */
@Extension
@Named(value = "apoz", doc = "Share of a map's numbers that are not zero after the activation. Hu et al., 2016 (APoZ).")
public final class ZeroShare extends ActivationCriterion<ZeroShare.Options> {

    public record Options(
            @Option(doc = "training images to look at, or all where there are fewer", defaultValue = "512", min = 1) int images,
            @Option(doc = "images in memory at once", defaultValue = "32", min = 1) int batch) implements ActivationCriterion.Pass {}

    @Override
    double[] ofImage(FeatureMaps maps, FeatureMaps.Observed observed, int image) {
        double[] scores = new double[maps.size()];
        for (int unit = 0; unit < scores.length; unit++) {
            int[] channels = maps.channels()[unit];
            int active = 0;
            for (int channel : channels) {
                active += active(observed, observed.begin(image, channel));
            }
            scores[unit] = (double) active / (channels.length * observed.area());
        }
        return scores;
    }

    private static int active(FeatureMaps.Observed observed, int begin) {
        int active = 0;
        for (int i = begin; i < begin + observed.area(); i++) {
            active += observed.values()[i] == 0 ? 0 : 1;
        }
        return active;
    }

    @Override
    void requireMeaning(UnitGroup group, double[] scores) {
        if (Arrays.stream(scores).allMatch(share -> share == 1)) {
            throw new InputException("criterion 'apoz' counts zeros, and the channels of layer '" + group.name()
                    + "' have none where they are read: no activation there gives zeros; keep its channels with keep=" + group.name()
                    + ", or choose a criterion that needs none (hrank, taylor-weights)");
        }
    }
}
