package io.espalier.plugins.gradients;

import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.network.UnitGroup;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.Extension;

/**
 * (sum of w dL/dw over a filter's weights and its bias)^2, the squared first-order change of the loss when a factor on the
 * filter's output goes from 1 to 0; mean over batches, sum over the layers that make the unit. Source: Molchanov et al.,
 * "Importance Estimation for Neural Network Pruning", 2019 (its gate).
 */
@Extension
@Named(value = "taylor-weights", doc = "Squared first-order change of the loss when a filter goes, from its weights. Molchanov et al., 2019.")
public final class TaylorWeights extends GradientCriterion<TaylorWeights.Options> {

    public record Options(
            @Option(doc = "training images to look at, or all where there are fewer", defaultValue = "512", min = 1) int images,
            @Option(doc = "images whose mean loss one gradient is of", defaultValue = "32", min = 1) int batch) implements Passes {}

    @Override
    List<List<UnitGroup.Member>> terms(UnitGroup group, CriterionContext context) {
        return kernelsWithBiases(group);
    }

    @Override
    INDArray importance(List<INDArray> products) {
        INDArray change = sum(products);
        return change.mul(change);
    }
}
