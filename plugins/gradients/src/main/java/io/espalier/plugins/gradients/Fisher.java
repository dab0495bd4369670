package io.espalier.plugins.gradients;

import io.espalier.api.CriterionContext;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.network.UnitGroup;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.Extension;

/**
 * Sum over a filter's weights and its bias of w^2 F / 2, the second-order change of the loss when each goes, with the mean of
 * (dL/dw)^2 over images for the second derivative F; sum over the layers that make the unit. Sources: LeCun, Denker, Solla,
 * "Optimal Brain Damage", 1990; Theis et al., "Faster Gaze Prediction with Dense Networks and Fisher Pruning", 2018, for F.
 * With {@code batch} above 1 F is of the batches' mean loss, which is faster and noisier.
 */
@Extension
@Named(value = "fisher", doc = "Sum of w^2 F / 2, F the mean squared gradient of an image. LeCun et al., 1990 (OBD); Theis et al., 2018.")
public final class Fisher extends GradientCriterion<Fisher.Options> {

    public record Options(
            @Option(doc = "training images to look at, or all where there are fewer", defaultValue = "256", min = 1) int images,
            @Option(doc = "images whose mean loss one gradient is of", defaultValue = "1", min = 1) int batch) implements Passes {}

    @Override
    List<List<UnitGroup.Member>> terms(UnitGroup group, CriterionContext context) {
        return kernelsWithBiases(group);
    }

    @Override
    INDArray importance(List<INDArray> products) {
        return sum(products.stream().map(product -> product.mul(product)).toList()).divi(2);
    }
}
