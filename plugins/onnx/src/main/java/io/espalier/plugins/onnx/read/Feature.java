package io.espalier.plugins.onnx.read;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a part of the network gives, as the file sees it. The part itself always gives [batch, channels, height, width] or
 * [batch, features]; the file may have transposed or reshaped it, which costs nothing here: {@code axes} says what each of
 * the file's indices runs over, in order, where several run as one. Axes of extent 1 are left out everywhere, since they may
 * stand at any place.
 *
 * @param name of the value in the file
 * @param part that computes it
 * @param flat whether the part gives [batch, features], its features then being the channels
 * @param extents of what the part gives
 */
record Feature(String name, String part, boolean flat, Extents extents, List<List<Axis>> axes) implements Value {

    static final List<Axis> MAP = List.of(Axis.BATCH, Axis.CHANNEL, Axis.HEIGHT, Axis.WIDTH);

    Feature {
        axes = axes.stream().map(joined -> joined.stream().filter(axis -> extents.of(axis) > 1).toList()).toList();
    }

    /** Maps [batch, channels, height, width] that a part gives. */
    static Feature maps(String name, Extents extents) {
        return new Feature(name, name, false, extents, MAP.stream().map(List::of).toList());
    }

    @Override
    public long[] shape() {
        return axes.stream()
                .mapToLong(joined -> joined.stream().mapToLong(extents::of).reduce(1, Math::multiplyExact))
                .toArray();
    }

    int rank() {
        return axes.size();
    }

    /** The same numbers under another name, their indices in another order or grouping. */
    Feature viewed(String other, List<List<Axis>> otherAxes) {
        return new Feature(other, part, flat, extents, otherAxes);
    }

    /** What another part makes of it, index for index; no axis of extent 1 may grow. */
    Feature computed(String other, Extents otherExtents) {
        return new Feature(other, other, flat, otherExtents, axes);
    }

    /** Whether its indices are those of [batch, channels, height, width]. */
    boolean isMaps() {
        return rank() == MAP.size() && runsOver(MAP);
    }

    private boolean runsOver(List<Axis> expected) {
        for (int i = 0; i < expected.size(); i++) {
            if (!List.of(expected.get(i)).containsAll(axes.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether, but for the batch, one index at most has an extent, and runs as the part's own numbers do. */
    boolean isVector() {
        List<List<Axis>> wide = axes.stream().filter(joined -> !joined.isEmpty() && !joined.equals(List.of(Axis.BATCH))).toList();
        return wide.size() <= 1 && wide.stream().allMatch(joined -> joined.equals(joined.stream().sorted().toList()));
    }

    String describe() {
        return Arrays.toString(shape()) + " (" + String.join(", ", axes.stream().map(Feature::word).toList()) + ")";
    }

    private static String word(List<Axis> joined) {
        return joined.isEmpty() ? "1" : String.join("*", joined.stream().map(axis -> axis.name().toLowerCase(Locale.ROOT)).toList());
    }
}
