package io.espalier.plugins.onnx.read;

import io.espalier.plugins.onnx.read.Operators.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;

/** MaxPool, AveragePool, and what pools a whole map. */
final class Poolings {

    static final Map<String, Operator> OPERATORS = Map.of(
            "MaxPool", Poolings::max,
            "AveragePool", Poolings::average,
            "GlobalAveragePool", (operation, construction) -> global(operation, construction, PoolingType.AVG),
            "GlobalMaxPool", (operation, construction) -> global(operation, construction, PoolingType.MAX),
            "ReduceMean", (operation, construction) -> reduce(operation, construction, PoolingType.AVG),
            "ReduceMax", (operation, construction) -> reduce(operation, construction, PoolingType.MAX));

    private static final Set<Axis> SPACE = EnumSet.of(Axis.HEIGHT, Axis.WIDTH);

    private Poolings() {}

    private static void max(Operation operation, Construction construction) {
        operation.ignore("storage_order");
        if (!construction.graph().isUnused(operation, 1)) {
            throw operation.refused("gives the places of its maxima to other operations", "Read are networks without unpooling");
        }
        Feature input = construction.maps(operation, 0);
        Window window = window(operation, construction, input);
        Feature padded = window.same() || window.isEven() ? input : Padding.lowest(operation, construction, input, window);
        add(operation, construction, PoolingType.MAX, window, padded, false);
    }

    private static void average(Operation operation, Construction construction) {
        Feature input = construction.maps(operation, 0);
        Window window = window(operation, construction, input);
        boolean counts = operation.integer("count_include_pad", 0) != 0;
        if (Arrays.stream(window.dilation()).anyMatch(d -> d > 1)) {
            throw operation.refused("averages places apart (dilations)", "Read are average poolings without dilation");
        }
        boolean matters = counts && !window.isUnpadded();
        if (window.same() ? matters && window.addedAny() : !window.isEven() && (!counts || window.addedAny())) {
            throw operation.refused("averages over a map of " + input.extents() + " that its padding of "
                    + Arrays.toString(window.before()) + " before and "
                    + Arrays.toString(window.after()) + " after makes uneven", "Take images of a size that needs no rounding up there");
        }
        Feature padded = window.same() || window.isEven() ? input : Padding.zeros(operation, construction, input, window);
        add(operation, construction, PoolingType.AVG, window, padded, counts);
    }

    private static Window window(Operation operation, Construction construction, Feature input) {
        return Window.of(operation, Window.kernel(operation), input.extents(), operation.integer("ceil_mode", 0) != 0, construction.hasOpenSides());
    }

    private static void add(Operation operation, Construction construction, PoolingType type, Window window, Feature padded, boolean counts) {
        SubsamplingLayer.Builder builder = new SubsamplingLayer.Builder(type)
                .kernelSize(window.kernel()).stride(window.stride()).dilation(window.dilation()).convolutionMode(ConvolutionMode.Truncate);
        builder.avgPoolIncludePadInDivisor(counts);
        if (window.same()) {
            builder.convolutionMode(ConvolutionMode.Same);
        } else if (window.isEven()) {
            builder.padding(window.before());
        }
        Extents to = Construction.sound(operation, padded.extents().withMap(window.height(), window.width()));
        String name = operation.output();
        construction.network().add(Part.layer(name, builder.build(), padded, to, false));
        construction.give(operation, Feature.maps(name, to));
    }

    private static void global(Operation operation, Construction construction, PoolingType type) {
        Feature input = construction.maps(operation, 0);
        List<List<Axis>> left = List.of(input.axes().get(0), input.axes().get(1), List.of(), List.of());
        pool(operation, construction, type, input, left);
    }

    /** A mean or maximum over exactly the places of a map is a global pooling, in whatever order the file has the axes. */
    private static void reduce(Operation operation, Construction construction, PoolingType type) {
        Feature input = construction.feature(operation, 0);
        int[] axes = Construction.axes(operation, construction.integers(operation, "axes", 1)
                .filter(given -> given.length > 0)
                .orElseGet(() -> IntStream.range(0, input.rank()).asLongStream().toArray()), input.rank());
        boolean keep = operation.integer("keepdims", 1) != 0;
        operation.ignore("noop_with_empty_axes");
        Set<Axis> pooled = EnumSet.noneOf(Axis.class);
        List<List<Axis>> left = new ArrayList<>();
        for (int i = 0; i < input.rank(); i++) {
            int axis = i;
            if (Arrays.stream(axes).anyMatch(a -> a == axis)) {
                pooled.addAll(input.axes().get(i));
                if (keep) {
                    left.add(List.of());
                }
            } else {
                left.add(input.axes().get(i));
            }
        }
        if (!SPACE.containsAll(pooled) || SPACE.stream().anyMatch(a -> input.extents().of(a) > 1 && !pooled.contains(a))) {
            throw operation.refused("reduces axes " + Arrays.toString(axes) + " of " + input.describe() + "; read is the mean or maximum over"
                    + " height and width together", "Use global pooling");
        }
        pool(operation, construction, type, construction.asMaps(input), left);
    }

    private static void pool(Operation operation, Construction construction, PoolingType type, Feature input, List<List<Axis>> axes) {
        String name = operation.output();
        boolean flat = !construction.goesOnAsMaps(name);
        Extents to = input.extents().pooled();
        GlobalPoolingLayer layer = new GlobalPoolingLayer.Builder(type).collapseDimensions(flat).build();
        construction.network().add(Part.layer(name, layer, input, to, flat));
        construction.give(operation, new Feature(name, name, flat, to, axes));
    }
}
