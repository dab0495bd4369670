package io.espalier.plugins.onnx.read;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import onnx.OnnxMl.TensorProto.DataType;
import onnx.OnnxMl.TensorShapeProto.Dimension;
import onnx.OnnxMl.TypeProto;
import onnx.OnnxMl.ValueInfoProto;

/**
 * Where the images come in.
 *
 * @param name of the value
 * @param extents of its four dimensions, empty where the file leaves them open
 */
record ImageInput(String name, List<OptionalLong> extents) {

    /**
     * Stands for the number of images where the file leaves it open: a prime that no extent of a network is likely to be, so
     * that it shows where a Reshape keeps the batch.
     */
    private static final long BATCH = 7919;

    private static final long LARGEST_SIDE = 1 << 14;
    private static final Set<DataType> TYPES = Set.of(DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE);
    private static final String IMAGES = "Read are networks that take images as float [batch, channels, height, width] or"
            + " [batch, height, width, channels]";

    static ImageInput of(ModelFile file, ValueInfoProto input) {
        String name = Operation.printable(input.getName());
        TypeProto type = input.getType();
        if (!type.hasTensorType()) {
            throw file.refused("its input '" + name + "' is no tensor (" + type.getValueCase() + ")", IMAGES);
        }
        DataType element = DataType.forNumber(type.getTensorType().getElemType());
        if (element == null || !TYPES.contains(element)) {
            throw file.refused("its input '" + name + "' is of type " + element, IMAGES);
        }
        List<Dimension> dimensions = type.getTensorType().getShape().getDimList();
        if (!type.getTensorType().hasShape() || dimensions.size() != Feature.MAP.size()) {
            throw file.refused("its input '" + name + "' has " + (type.getTensorType().hasShape() ? dimensions.size() + "" : "no said number of")
                    + " dimensions", IMAGES);
        }
        List<OptionalLong> extents = dimensions.stream().map(ImageInput::extent).toList();
        if (extents.stream().anyMatch(e -> e.orElse(1) > LARGEST_SIDE)) {
            throw file.refused("its input '" + name + "' has the extents " + extents.stream().map(ImageInput::text).toList()
                    + "; images of up to " + LARGEST_SIDE + " pixels a side are read", "Export the network again");
        }
        return new ImageInput(input.getName(), extents);
    }

    /** Negative and zero extents stand for open ones in some files. */
    private static OptionalLong extent(Dimension dimension) {
        return dimension.getDimValue() > 0 ? OptionalLong.of(dimension.getDimValue()) : OptionalLong.empty();
    }

    private static String text(OptionalLong extent) {
        return extent.isPresent() ? String.valueOf(extent.getAsLong()) : "?";
    }

    /** How the file orders an image's extents. */
    enum Order {
        CHANNELS_FIRST(0, 1, 2, 3),
        CHANNELS_LAST(0, 3, 1, 2);

        /** Where batch, channels, height and width stand. */
        private final int[] places;

        Order(int... places) {
            this.places = places;
        }

        int place(Axis axis) {
            return places[axis.ordinal()];
        }
    }

    OptionalLong extent(Order order, Axis axis) {
        return extents.get(order.place(axis));
    }

    boolean hasOpenSides(Order order) {
        return extent(order, Axis.HEIGHT).isEmpty() || extent(order, Axis.WIDTH).isEmpty();
    }

    /**
     * The images, with open extents filled in.
     *
     * @param channels where the file does not say
     * @param side height and width where the file does not say
     */
    Feature images(Order order, long channels, long side) {
        Extents all = new Extents(
                extent(order, Axis.BATCH).orElse(BATCH),
                extent(order, Axis.CHANNEL).orElse(channels),
                extent(order, Axis.HEIGHT).orElse(side),
                extent(order, Axis.WIDTH).orElse(side));
        Axis[] axes = new Axis[Feature.MAP.size()];
        Feature.MAP.forEach(axis -> axes[order.place(axis)] = axis);
        return new Feature(name, name, false, all, Arrays.stream(axes).map(List::of).toList());
    }
}
