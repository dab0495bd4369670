package io.espalier.network;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Units that compete with one another: the basis vectors of one layer, or channels that go through the same layers. A unit
 * of channels is all that must go together: the channels that are added to one another, a channel and the factor of its
 * attention, a whole group of a grouped convolution. Unit i of the group is index i of every tensor here.
 *
 * @param name of the layer that makes the units, the first if several do; with a number behind it where one layer makes units
 *     of several groups
 * @param kind what the units are
 * @param size number of units
 * @param fullSize number of units that the layer had, or could have had, before any was removed
 * @param members the parameters that go with the units, in topological order of their layers
 * @param scales the trained factors v, [size], of basis vectors
 * @param singularValues the singular values s, [size], of basis vectors
 * @param importance sum over the minibatches of the last training of (v dL/dv)^2, [size], if there was one
 * @param cost what one unit costs, all other units as they are
 * @param footprint what the group costs, together with others whose footprint is the same object
 */
public record UnitGroup(
        String name,
        UnitKind kind,
        int size,
        int fullSize,
        List<Member> members,
        Optional<INDArray> scales,
        Optional<INDArray> singularValues,
        Optional<double[]> importance,
        Cost cost,
        Footprint footprint) {

    public UnitGroup {
        members = List.copyOf(members);
    }

    /** What a parameter is for the units. */
    public enum Role {
        /** Weights that make them: filters, rows of a dense layer. */
        KERNEL,
        /** Weights that read them, in the layers that follow. */
        READER,
        /** Factor of each channel: gamma of a batch norm, the scale of an affine. */
        SCALE,
        /** What is added to each channel: a bias, beta of a batch norm, the shift of an affine. */
        SHIFT,
        /** Statistics of a batch norm. */
        STATISTIC
    }

    /**
     * A parameter of which parts go with the units.
     *
     * @param layer name of its node
     * @param parameter DL4J's name of it
     * @param role what it is for the units
     * @param tensor all of it, read-only
     * @param dimension the dimension of it that runs along channels
     * @param positions indices along that dimension, unit by unit, the same number for each
     * @param count number of units
     */
    public record Member(String layer, String parameter, Role role, INDArray tensor, int dimension, long[] positions, int count) {

        /** Kernels [units, c_in, k_h, k_w] whose index i is unit i. */
        public static Member kernels(String layer, String parameter, INDArray kernels) {
            int count = Math.toIntExact(kernels.size(0));
            return new Member(layer, parameter, Role.KERNEL, kernels, 0, LongStream.range(0, count).toArray(), count);
        }

        /** Indices of one unit. */
        public long[] positions(int unit) {
            int each = positions.length / count;
            return Arrays.copyOfRange(positions, unit * each, (unit + 1) * each);
        }

        /**
         * The numbers of each unit: [units, n, k_h, k_w] of weights, with 1 for both extents of those of a dense layer, n
         * being channels on the other side times channels of the unit; [units, channels of a unit] of anything else. A new
         * array.
         */
        public INDArray units() {
            INDArray own = Slices.along(tensor, dimension, positions);
            if (role != Role.KERNEL && role != Role.READER) {
                return own.reshape('c', count, positions.length / count);
            }
            INDArray first = own.permute(order()).dup('c');
            return tensor.rank() == 4
                    ? first.reshape('c', count, own.length() / count / area(), extent(0), extent(1))
                    : first.reshape('c', count, own.length() / count, 1, 1);
        }

        /** The dimension of the units first, then that of the channels on the other side. */
        private int[] order() {
            return switch (dimension) {
                case 0 -> tensor.rank() == 4 ? new int[] {0, 1, 2, 3} : new int[] {0, 1};
                case 1 -> tensor.rank() == 4 ? new int[] {1, 0, 2, 3} : new int[] {1, 0};
                // Depthwise: [k_h, k_w, c_in, multiplier].
                default -> new int[] {2, 3, 0, 1};
            };
        }

        private long extent(int axis) {
            return tensor.size(dimension > 1 ? axis : axis + 2);
        }

        private long area() {
            return extent(0) * extent(1);
        }
    }

    /** The weights that make the units, of every layer that does, each [size, n, k_h, k_w]; new arrays. */
    public List<INDArray> kernels() {
        return units(Role.KERNEL);
    }

    /** The numbers of each unit in every parameter of that role, as {@link Member#units} gives them. */
    public List<INDArray> units(Role role) {
        return members.stream().filter(m -> m.role() == role).map(Member::units).toList();
    }
}
