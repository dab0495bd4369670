package io.espalier.plugins.onnx.read;

import io.espalier.plugins.onnx.read.Operators.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;

/** Pad, Slice, Split and Concat. */
final class Cuts {

    static final Map<String, Operator> OPERATORS =
            Map.of("Pad", Cuts::pad, "Slice", Cuts::slice, "Split", Cuts::split, "Concat", Cuts::concat);

    private static final long MOST_PADDING = 1 << 14;
    private static final String DAMAGED = "The file is damaged; export the network again";

    private Cuts() {}

    private static void pad(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        String mode = operation.text("mode", "constant");
        if (!mode.equals("constant")) {
            throw operation.refused("pads with mode=" + Operation.printable(mode), "Read is mode=constant");
        }
        double value = operation.has("value") ? operation.number("value", 0) : construction.scalar(operation, 2, "value").orElse(0.0);
        long[] pads = construction.integers(operation, "pads", 1).orElseThrow(() -> operation.refused("lacks its pads", DAMAGED));
        int[] which = construction.optionalConstant(operation, 3, "axes")
                .map(axes -> Construction.axes(operation, axes.integers(), input.rank()))
                .orElseGet(() -> IntStream.range(0, input.rank()).toArray());
        if (pads.length != 2 * which.length || Arrays.stream(pads).anyMatch(pad -> Math.abs(pad) > MOST_PADDING)) {
            throw operation.refused("has pads=" + Arrays.toString(pads) + " for " + which.length + " axes; read are up to " + MOST_PADDING, DAMAGED);
        }
        int[][] around = new int[Axis.values().length][2];
        List<List<Axis>> axes = new ArrayList<>(input.axes());
        for (int i = 0; i < which.length; i++) {
            if (pads[i] != 0 || pads[i + which.length] != 0) {
                Axis axis = single(operation, input, which[i]);
                around[axis.ordinal()] = new int[] {(int) pads[i], (int) pads[i + which.length]};
                axes.set(which[i], List.of(axis));
            }
        }
        pad(operation, construction, input, axes, around, value);
    }

    private static void pad(Operation operation, Construction construction, Feature input, List<List<Axis>> axes, int[][] around, double value) {
        int[] rows = around[Axis.HEIGHT.ordinal()];
        int[] columns = around[Axis.WIDTH.ordinal()];
        int[] channels = around[Axis.CHANNEL.ordinal()];
        Extents from = input.extents();
        Extents to = Construction.sound(operation, new Extents(
                from.batch(), from.channels() + channels[0] + channels[1],
                from.height() + rows[0] + rows[1], from.width() + columns[0] + columns[1]));
        IntStream all = IntStream.of(rows[0], rows[1], columns[0], columns[1], channels[0], channels[1]);
        String name = operation.output();
        if (to.equals(from) && rows[0] == 0 && columns[0] == 0 && channels[0] == 0) {
            construction.give(operation, input.viewed(name, input.axes()));
            return;
        }
        Feature maps = construction.asMaps(input);
        if (all.allMatch(pad -> pad >= 0)) {
            construction.network().add(Part.layer(name, Padding.layer(rows, columns, channels, value), maps, to, false));
        } else if (IntStream.of(rows[0], rows[1], columns[0], columns[1]).allMatch(pad -> pad <= 0) && channels[0] == 0 && channels[1] == 0) {
            construction.network().add(Part.layer(name, crop(-rows[0], -rows[1], -columns[0], -columns[1]), maps, to, false));
        } else {
            throw operation.refused("pads here and crops there", "Pad and crop in two steps");
        }
        construction.give(operation, new Feature(name, name, false, to, axes));
    }

    private static Cropping2D crop(long top, long bottom, long left, long right) {
        return new Cropping2D.Builder((int) top, (int) bottom, (int) left, (int) right).build();
    }

    /** What an index runs over, if it is one thing and not the batch; an index of extent 1 stands for what is missing. */
    static Axis single(Operation operation, Feature input, int index) {
        List<Axis> joined = input.axes().get(index);
        if (joined.size() == 1 && joined.get(0) != Axis.BATCH) {
            return joined.get(0);
        }
        Axis usual = input.rank() == Feature.MAP.size() ? Feature.MAP.get(index) : Axis.BATCH;
        boolean standsElsewhere = input.axes().stream().anyMatch(other -> other.contains(usual));
        if (joined.isEmpty() && usual != Axis.BATCH && !standsElsewhere) {
            return usual;
        }
        throw operation.refused("works along axis " + index + " of " + input.describe(), "Read are channels, height and width");
    }

    private static void slice(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        SliceRange[] ranges = SliceRange.of(operation, input.shape(), (attribute, index) -> construction.integers(operation, attribute, index));
        SliceRange[] own = Feature.MAP.stream().map(axis -> new SliceRange(0, 1, input.extents().of(axis), input.extents().of(axis)))
                .toArray(SliceRange[]::new);
        for (int i = 0; i < ranges.length; i++) {
            if (ranges[i].isWhole()) {
                continue;
            }
            if (ranges[i].length() < 1 || ranges[i].step() < 1) {
                throw operation.refused("takes " + ranges[i].length() + " places by steps of " + ranges[i].step() + " along axis " + i,
                        "Read are slices forwards");
            }
            own[single(operation, input, i).ordinal()] = ranges[i];
        }
        slice(operation, construction, input, own);
    }

    private static void slice(Operation operation, Construction construction, Feature input, SliceRange[] ranges) {
        SliceRange channels = ranges[Axis.CHANNEL.ordinal()];
        SliceRange rows = ranges[Axis.HEIGHT.ordinal()];
        SliceRange columns = ranges[Axis.WIDTH.ordinal()];
        List<Part.Kind> kinds = new ArrayList<>();
        List<Extents> extents = new ArrayList<>();
        Extents now = input.extents();
        if (!channels.isWhole()) {
            if (channels.step() != 1) {
                throw operation.refused("takes every " + channels.step() + ". channel", "Read are channels in a row");
            }
            kinds.add(subset(channels.start(), channels.length()));
            extents.add(now = now.withChannels(channels.length()));
        }
        long top = rows.start();
        long left = columns.start();
        long bottom = rows.step() == 1 ? rows.extent() - rows.start() - rows.length() : beyond(rows);
        long right = columns.step() == 1 ? columns.extent() - columns.start() - columns.length() : beyond(columns);
        if (top + bottom + left + right > 0) {
            kinds.add(new Part.Layered(crop(top, bottom, left, right)));
            extents.add(now = now.withMap(rows.extent() - top - bottom, columns.extent() - left - right));
        }
        if (rows.step() > 1 || columns.step() > 1) {
            kinds.add(new Part.Layered(every(rows.step(), columns.step())));
            extents.add(now.withMap(rows.length(), columns.length()));
        }
        chain(operation, construction, input, kinds, extents);
    }

    /** What a slice by steps leaves at the end where a pooling by the same steps would take one place more. */
    private static long beyond(SliceRange range) {
        long pooled = (range.extent() - range.start() - 1) / range.step() + 1;
        return pooled == range.length() ? 0 : range.extent() - (range.start() + (range.length() - 1) * range.step() + 1);
    }

    private static Part.Kind subset(long first, long length) {
        return new Part.Joined(new SubsetVertex((int) first, (int) (first + length - 1)));
    }

    /** Every so many-th row and column. */
    private static SubsamplingLayer every(long down, long across) {
        return new SubsamplingLayer.Builder(PoolingType.MAX)
                .kernelSize(1, 1).stride((int) down, (int) across).convolutionMode(ConvolutionMode.Truncate).build();
    }

    private static void chain(Operation operation, Construction construction, Feature input, List<Part.Kind> kinds, List<Extents> extents) {
        Parts parts = construction.network();
        String name = operation.output();
        boolean onlyChannels = kinds.stream().allMatch(Part.Joined.class::isInstance);
        Feature last = onlyChannels ? input : construction.asMaps(input);
        for (int i = 0; i < kinds.size(); i++) {
            String own = i == kinds.size() - 1 ? name : parts.free(name + "-cut");
            parts.add(new Part(own, kinds.get(i), List.of(last.part()), extents.get(i), last.flat()));
            last = last.computed(own, extents.get(i));
        }
        construction.give(operation, last.viewed(name, last.axes()));
    }

    private static void split(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        int index = Construction.axis(operation, operation.integer("axis", 0), input.rank());
        int count = operation.outputs().size();
        long extent = input.shape()[index];
        long said = operation.integer("num_outputs", count);
        long each = (extent + count - 1) / count;
        long[] sizes = construction.integers(operation, "split", 1)
                .orElseGet(() -> IntStream.range(0, count).mapToLong(i -> Math.min(each, extent - i * each)).toArray());
        if (said != count || sizes.length != count || Arrays.stream(sizes).anyMatch(size -> size < 1) || Arrays.stream(sizes).sum() != extent) {
            throw operation.refused("splits " + extent + " into " + Arrays.toString(sizes), DAMAGED);
        }
        if (single(operation, input, index) != Axis.CHANNEL) {
            throw operation.refused("splits axis " + index + " of " + input.describe(), "Read is the split of channels");
        }
        long first = 0;
        for (int i = 0; i < count; i++) {
            String name = operation.outputs().get(i);
            if (!name.isEmpty()) {
                Extents to = input.extents().withChannels(sizes[i]);
                construction.network().add(new Part(name, subset(first, sizes[i]), List.of(input.part()), to, input.flat()));
                construction.give(operation, i, input.computed(name, to));
            }
            first += sizes[i];
        }
    }

    private static void concat(Operation operation, Construction construction) {
        List<Feature> all = IntStream.range(0, operation.inputs().size()).mapToObj(i -> construction.feature(operation, i)).toList();
        if (all.isEmpty()) {
            throw operation.refused("joins nothing", DAMAGED);
        }
        Feature first = all.get(0);
        int index = Construction.axis(operation, operation.integer("axis", 1), first.rank());
        Axis axis = all.stream().anyMatch(f -> f.rank() == first.rank() && f.axes().get(index).equals(List.of(Axis.CHANNEL)))
                ? Axis.CHANNEL : single(operation, first, index);
        if (axis != Axis.CHANNEL) {
            throw operation.refused("joins along " + axis.name().toLowerCase(Locale.ROOT), "Read is the concatenation of channels");
        }
        List<List<Axis>> axes = new ArrayList<>(first.axes());
        axes.set(index, List.of(Axis.CHANNEL));
        long channels = 0;
        for (Feature feature : all) {
            requireLike(operation, feature, first, axes, index);
            channels += feature.extents().channels();
        }
        Extents to = Construction.sound(operation, first.extents().withChannels(channels));
        boolean flat = all.stream().allMatch(Feature::flat);
        List<String> inputs = all.stream().map(f -> flat ? f.part() : construction.asMaps(f).part()).toList();
        String name = operation.output();
        if (inputs.size() == 1) {
            construction.give(operation, first.viewed(name, first.axes()));
            return;
        }
        if (inputs.stream().distinct().count() != inputs.size()) {
            throw operation.refused("joins a value with itself", "Read are concatenations of different values");
        }
        construction.network().add(Part.vertex(name, new MergeVertex(), inputs, to, flat));
        construction.give(operation, new Feature(name, name, flat, to, axes));
    }

    private static void requireLike(Operation operation, Feature feature, Feature first, List<List<Axis>> axes, int index) {
        boolean same = feature.rank() == first.rank() && feature.extents().withChannels(1).equals(first.extents().withChannels(1));
        for (int i = 0; same && i < first.rank(); i++) {
            List<Axis> own = feature.axes().get(i);
            same = i == index ? axes.get(i).containsAll(own) : own.equals(first.axes().get(i));
        }
        if (!same) {
            throw operation.refused("joins " + first.describe() + " and " + feature.describe() + ", which do not run alike", DAMAGED);
        }
    }
}
