package io.espalier.api;

import java.util.Map;

/**
 * How far a long step is.
 *
 * @param step what is being done, for example {@code epoch 2/5}
 * @param done units done
 * @param total units in all
 * @param unit what is counted, for example {@code images}
 * @param values running values by name, for example {@code loss}
 */
@Stability(Stability.Level.STABLE)
public record Progress(String step, long done, long total, String unit, Map<String, Double> values) {}
