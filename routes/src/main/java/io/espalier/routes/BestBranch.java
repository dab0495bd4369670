package io.espalier.routes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;

/**
 * The aggregator {@code best}: of the branches of a {@code multicast} it keeps the one whose variable {@code accuracy} (on
 * validation, set by the last {@code evaluate}) is highest, the first of equals, with its candidate and its variables. The
 * variable {@code branches} lists them all: {@code name} (variable {@code branch}, else its number from 1) and the metrics
 * of each. A branch that failed fails the multicast; catch the failure within the branch to go on without it.
 */
final class BestBranch implements AggregationStrategy {

    /** Name under which pipelines use it. */
    static final String NAME = "best";

    private static final String ACCURACY = "accuracy";
    private static final String BRANCHES = "branches";
    private static final List<String> METRICS = List.of(ACCURACY, "balancedAccuracy", "auc", "loss");

    @Override
    public Exchange aggregate(Exchange best, Exchange branch) {
        if (best != null && best.getException() != null) {
            return best;
        }
        List<Map<String, Object>> branches = new ArrayList<>(best == null ? List.of() : branches(best));
        branches.add(described(branch, branches.size() + 1));
        Exchange kept = best == null || branch.getException() != null || accuracy(branch) > accuracy(best) ? branch : best;
        kept.setVariable(BRANCHES, List.copyOf(branches));
        // Camel would carry it out of the multicast, where nothing is a branch any more.
        kept.removeProperty(ExchangePropertyKey.MULTICAST_INDEX);
        return kept;
    }

    /** The list as far as the branches before this one made it. */
    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> branches(Exchange best) {
        return (List<Map<String, Object>>) best.getVariable(BRANCHES);
    }

    private static double accuracy(Exchange exchange) {
        Double accuracy = exchange.getVariable(ACCURACY, Double.class);
        return accuracy == null || accuracy.isNaN() ? Double.NEGATIVE_INFINITY : accuracy;
    }

    private static Map<String, Object> described(Exchange branch, int number) {
        Map<String, Object> description = new LinkedHashMap<>();
        Object name = branch.getVariable("branch");
        description.put("name", name == null ? Integer.toString(number) : name.toString());
        METRICS.stream().filter(metric -> branch.getVariable(metric) != null).forEach(metric -> description.put(metric, branch.getVariable(metric)));
        return description;
    }
}
