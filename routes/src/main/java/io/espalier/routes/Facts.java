package io.espalier.routes;

import io.espalier.api.Flow;
import io.espalier.catalog.OptionFacts;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What is known of the candidate at a point of a pipeline (the facts of {@link Flow}). Where the flow never gets to, or
 * nothing can be said of it, everything holds.
 *
 * @param known the facts; empty where everything holds
 */
record Facts(Optional<Set<String>> known) {

    private static final String FACTORS = "factors";
    private static final Set<String> WITH_FACTORS = Set.of("decomposed", "scaled");

    static final Facts NONE = new Facts(Optional.of(Set.of()));

    static final Facts ALL = new Facts(Optional.empty());

    boolean hold(String fact) {
        return known.map(facts -> facts.contains(fact) || facts.stream().anyMatch(one -> OptionFacts.couldBe(one, fact))).orElse(true);
    }

    /** The ends of the facts that begin with a text. */
    Set<String> ends(String begin) {
        return known.orElse(Set.of()).stream()
                .filter(fact -> fact.startsWith(begin))
                .map(fact -> fact.substring(begin.length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What holds after either of two ways. */
    Facts or(Facts other) {
        if (known.isEmpty()) {
            return other;
        }
        return new Facts(known.map(facts -> {
            Set<String> both = new TreeSet<>(facts);
            other.known.ifPresent(both::retainAll);
            return both;
        }));
    }

    Facts with(String fact) {
        return with(Set.of(fact));
    }

    Facts with(Set<String> more) {
        return new Facts(known.map(facts -> {
            Set<String> all = new TreeSet<>(facts);
            all.addAll(more);
            return all;
        }));
    }

    /** A stage of somebody else's that decomposes, or makes plain again, need not know that there are other factors too. */
    private static void followFactors(Flow flow, Set<String> next) {
        if (!Collections.disjoint(next, WITH_FACTORS)) {
            next.add(FACTORS);
        } else if (!Collections.disjoint(Set.of(flow.takes()), WITH_FACTORS)) {
            next.remove(FACTORS);
        }
    }

    Facts after(Flow flow) {
        return new Facts(known.map(facts -> {
            Set<String> next = new TreeSet<>(facts);
            Set.of(flow.takes()).forEach(next::remove);
            next.addAll(Set.of(flow.gives()));
            followFactors(flow, next);
            return next;
        }));
    }
}
