package io.espalier.plugins.onnx.read;

import io.espalier.plugins.onnx.read.Operators.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;

/** Resize and Upsample, where they repeat every row and column a whole number of times. */
final class Resizing {

    static final Map<String, Operator> OPERATORS = Map.of("Resize", Resizing::resize, "Upsample", Resizing::upsample);

    /** The first opset in which Resize has a region as its second input, and says how places are found. */
    private static final int OPSET_OF_PLACES = 11;
    /**
     * How a place of the larger map is found in the smaller one, and how it is rounded: those that come to the repeated place for every
     * whole factor. Half a pixel is never halfway between two: (r + 0.5) / s - 0.5 with r from 0 to s - 1 is between -0.5 and 0.5.
     */
    private static final Map<String, Set<String>> REPEATING = Map.of(
            "asymmetric", Set.of("floor"),
            "tf_half_pixel_for_nn", Set.of("floor"),
            "half_pixel", Set.of("round_prefer_floor", "round_prefer_ceil"),
            "half_pixel_symmetric", Set.of("round_prefer_floor", "round_prefer_ceil"),
            "pytorch_half_pixel", Set.of("round_prefer_floor", "round_prefer_ceil"));

    private static final String MEND = "Read are mode=nearest and whole factors, as PyTorch's Upsample(scale_factor=2) is exported";
    private static final String DAMAGED = "The file is damaged; export the network again";

    private Resizing() {}

    private static void upsample(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        double[] factors = scales(operation, construction, 1).orElseThrow(() -> operation.refused("lacks its scales", DAMAGED));
        repeat(operation, construction, input, factors, IntStream.range(0, input.rank()).toArray(), "asymmetric", "floor");
    }

    private static void resize(Operation operation, Construction construction) {
        Feature input = construction.feature(operation, 0);
        boolean hasPlaces = construction.opset() >= OPSET_OF_PLACES;
        // What they say is of other modes, or of places outside the map.
        operation.ignore("antialias", "cubic_coeff_a", "exclude_outside", "extrapolation_value");
        int[] which = operation.integers("axes").map(axes -> Construction.axes(operation, axes, input.rank()))
                .orElseGet(() -> IntStream.range(0, input.rank()).toArray());
        String policy = operation.text("keep_aspect_ratio_policy", "stretch");
        double[] factors = scales(operation, construction, hasPlaces ? 2 : 1)
                .or(() -> ofSizes(operation, construction, input, which, policy))
                .orElseThrow(() -> operation.refused("lacks its scales and its sizes", DAMAGED));
        repeat(operation, construction, input, factors, which,
                operation.text("coordinate_transformation_mode", hasPlaces ? "half_pixel" : "asymmetric"),
                operation.text("nearest_mode", hasPlaces ? "round_prefer_floor" : "floor"));
    }

    /** Files that give sizes have no scales, or none in them. */
    private static Optional<double[]> scales(Operation operation, Construction construction, int index) {
        return construction.optionalConstant(operation, index, "scales").filter(tensor -> tensor.length() > 0).map(tensor -> {
            float[] scales = tensor.floats();
            return IntStream.range(0, scales.length).mapToDouble(i -> scales[i]).toArray();
        });
    }

    private static Optional<double[]> ofSizes(Operation operation, Construction construction, Feature input, int[] which, String policy) {
        return construction.optionalConstant(operation, 3, "sizes").map(tensor -> {
            long[] sizes = tensor.integers();
            if (sizes.length != which.length) {
                throw operation.refused("has sizes=" + Arrays.toString(sizes) + " for " + which.length + " axes", DAMAGED);
            }
            if (!policy.equals("stretch")) {
                throw operation.refused("resizes with keep_aspect_ratio_policy=" + Operation.printable(policy), "Read is stretch");
            }
            return IntStream.range(0, which.length).mapToDouble(i -> (double) sizes[i] / input.shape()[which[i]]).toArray();
        });
    }

    private static void repeat(
            Operation operation, Construction construction, Feature input, double[] factors, int[] which, String places, String rounding) {
        String mode = operation.text("mode", "nearest");
        if (factors.length != which.length) {
            throw operation.refused("has " + factors.length + " scales for " + which.length + " axes", DAMAGED);
        }
        String name = operation.output();
        if (Arrays.stream(factors).allMatch(factor -> factor == 1)) {
            construction.give(operation, input.viewed(name, input.axes()));
            return;
        }
        if (!mode.equals("nearest")) {
            throw operation.refused("resizes with mode=" + Operation.printable(mode), MEND);
        }
        if (!REPEATING.getOrDefault(places, Set.of()).contains(rounding)) {
            throw operation.refused("resizes with coordinate_transformation_mode=" + Operation.printable(places) + " and nearest_mode="
                    + Operation.printable(rounding) + ", which repeat no pixel evenly", "Read are asymmetric and floor, half_pixel and round_prefer_floor");
        }
        long[] space = {1, 1};
        List<List<Axis>> axes = new ArrayList<>(input.axes());
        for (int i = 0; i < which.length; i++) {
            if (factors[i] == 1) {
                continue;
            }
            Axis axis = Cuts.single(operation, input, which[i]);
            if (axis == Axis.CHANNEL || factors[i] < 1 || factors[i] != Math.rint(factors[i])) {
                throw operation.refused("resizes " + input.describe() + " by " + Arrays.toString(factors), MEND + ", of height and width");
            }
            space[axis == Axis.HEIGHT ? 0 : 1] = (long) factors[i];
            axes.set(which[i], List.of(axis));
        }
        Extents from = input.extents();
        Extents to = Construction.sound(operation, from.withMap(Math.multiplyExact(from.height(), space[0]), Math.multiplyExact(from.width(), space[1])));
        Upsampling2D layer = new Upsampling2D.Builder().size(new int[] {(int) space[0], (int) space[1]}).build();
        construction.network().add(Part.layer(name, layer, construction.asMaps(input), to, false));
        construction.give(operation, new Feature(name, name, false, to, axes));
    }
}
