package io.espalier.plugins.gradients;

import io.espalier.api.CriterionContext;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.network.BatchNormSplit;
import io.espalier.network.UnitGroup;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.Extension;

/**
 * (gamma dL/dgamma + beta dL/dbeta)^2 of a channel's batch norm, the squared first-order change of the loss when what it gives
 * goes; mean over batches, sum over the batch norms that a unit goes through. Statistics are fixed. Source: Molchanov et al.,
 * "Importance Estimation for Neural Network Pruning", 2019 (its batch-norm form).
 */
@Extension
@Named(value = "taylor-batch-norm", doc = "Squared first-order change of the loss when a channel goes, from its batch norm. Molchanov et al., 2019.")
public final class TaylorBatchNorm extends GradientCriterion<TaylorBatchNorm.Options> {

    public record Options(
            @Option(doc = "training images to look at, or all where there are fewer", defaultValue = "512", min = 1) int images,
            @Option(doc = "images whose mean loss one gradient is of", defaultValue = "32", min = 1) int batch) implements Passes {}

    @Override
    List<List<UnitGroup.Member>> terms(UnitGroup group, CriterionContext context) {
        Set<String> layers = group.members().stream().map(UnitGroup.Member::layer).collect(Collectors.toSet());
        List<String> norms = BatchNormSplit.splittable(context.network(), layers);
        Map<String, List<UnitGroup.Member>> terms = group.members().stream()
                .filter(member -> member.role() == UnitGroup.Role.SCALE || member.role() == UnitGroup.Role.SHIFT)
                .filter(member -> norms.contains(member.layer()))
                .collect(Collectors.groupingBy(UnitGroup.Member::layer));
        if (terms.isEmpty()) {
            throw new InputException("criterion 'taylor-batch-norm' needs a batch norm of feature maps behind every layer, and the channels"
                    + " of layer '" + group.name() + "' go through none; keep its channels with keep=" + group.name()
                    + ", keep the batch norms of a network that has them (decompose?batchNorm=frozen), or choose criterion taylor-weights");
        }
        return norms.stream().filter(terms::containsKey).map(terms::get).toList();
    }

    @Override
    INDArray importance(List<INDArray> products) {
        INDArray change = sum(products);
        return change.mul(change);
    }
}
