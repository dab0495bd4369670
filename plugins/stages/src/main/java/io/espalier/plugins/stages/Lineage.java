package io.espalier.plugins.stages;

import io.espalier.api.Candidate;

/** What a candidate's past says. */
final class Lineage {

    private Lineage() {}

    /** Whether {@code load} gave the network a new head. */
    static boolean headIsNew(Candidate candidate) {
        return candidate.lineage().stream()
                .filter(step -> step.stage().equals("load"))
                .reduce((first, last) -> last)
                .map(step -> "new".equals(step.options().get("head")))
                .orElse(false);
    }

    /** Whether scales and shifts of the pretrained batch norms train, as the last decomposition said. */
    static boolean batchNormsTrain(Candidate candidate) {
        return candidate.lineage().stream()
                .filter(step -> step.stage().equals("decompose") || step.stage().equals("double-prune"))
                .reduce((first, last) -> last)
                .map(step -> "train".equals(step.options().get("batchNorm")))
                .orElse(false);
    }
}
