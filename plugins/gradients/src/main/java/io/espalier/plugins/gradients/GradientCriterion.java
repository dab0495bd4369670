package io.espalier.plugins.gradients;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.engine.ParameterKey;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The mean over training batches of what a term of parameters, with their gradients in that batch, says of each unit; of a
 * group the sum over its terms. One pass over the images serves all groups.
 */
abstract class GradientCriterion<O extends Record & Passes> implements Criterion<O> {

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
        Map<String, List<List<UnitGroup.Member>>> terms = new LinkedHashMap<>();
        Map<String, INDArray> sums = new LinkedHashMap<>();
        for (UnitGroup group : groups) {
            terms.put(group.name(), terms(group, context));
            sums.put(group.name(), Nd4j.zeros(DataType.DOUBLE, group.size()));
        }
        AtomicInteger batches = new AtomicInteger();
        context.gradients(keys(terms), options.images(), options.batch(), gradients -> {
            batches.incrementAndGet();
            terms.forEach((group, own) -> own.forEach(term -> sums.get(group).addi(importance(products(term, gradients)))));
        });
        sums.values().forEach(sum -> sum.divi(batches.get()));
        return sums;
    }

    private static Set<ParameterKey> keys(Map<String, List<List<UnitGroup.Member>>> terms) {
        return terms.values().stream().flatMap(List::stream).flatMap(List::stream).map(GradientCriterion::key).collect(Collectors.toSet());
    }

    static ParameterKey key(UnitGroup.Member member) {
        return new ParameterKey(member.layer(), member.parameter());
    }

    /** Parameters that belong together, for example a layer's kernels and biases. */
    abstract List<List<UnitGroup.Member>> terms(UnitGroup group, CriterionContext context);

    /**
     * What one batch says of each unit, [units], float64.
     *
     * @param products of a term's numbers and their gradients, each [units, numbers]
     */
    abstract INDArray importance(List<INDArray> products);

    private static List<INDArray> products(List<UnitGroup.Member> term, Map<ParameterKey, INDArray> gradients) {
        return term.stream().map(member -> product(member, gradients.get(key(member)))).toList();
    }

    private static INDArray product(UnitGroup.Member member, INDArray gradient) {
        UnitGroup.Member ofGradient = new UnitGroup.Member(
                member.layer(), member.parameter(), member.role(), gradient, member.dimension(), member.positions(), member.count());
        INDArray product = member.units().castTo(DataType.DOUBLE).mul(ofGradient.units().castTo(DataType.DOUBLE));
        return product.reshape('c', member.count(), product.length() / member.count());
    }

    /** The weights of each layer that makes the units, with its biases. */
    static List<List<UnitGroup.Member>> kernelsWithBiases(UnitGroup group) {
        return group.members().stream()
                .filter(member -> member.role() == UnitGroup.Role.KERNEL)
                .map(kernel -> group.members().stream()
                        .filter(member -> member.layer().equals(kernel.layer()))
                        .filter(member -> member.role() == UnitGroup.Role.KERNEL || member.role() == UnitGroup.Role.SHIFT)
                        .toList())
                .toList();
    }

    /** Sum of a term's products, [units]. */
    static INDArray sum(List<INDArray> products) {
        return products.stream().map(product -> product.sum(1)).reduce(INDArray::add).orElseThrow();
    }
}
