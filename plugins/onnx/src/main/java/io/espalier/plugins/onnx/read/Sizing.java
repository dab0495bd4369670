package io.espalier.plugins.onnx.read;

import io.espalier.api.InputException;
import io.espalier.plugins.onnx.read.ImageInput.Order;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Finds the extents with which the file's operations fit together: the order of the images' axes, and height and width where
 * the file leaves them open. A dense layer fixes these: then they are the smallest that fit it (a larger image would lose
 * its last pixels on the way). Where they stay open, nothing in the network may depend on them.
 */
final class Sizing {

    /** One that most networks halve evenly, and one that none does. */
    private static final long[] PROBES = {224, 193};

    private static final long LARGEST_SIDE = 512;
    private static final Set<Long> USUAL_CHANNELS = Set.of(1L, 3L, 4L);

    private final ModelFile file;
    private final Graph graph;
    private final Map<String, Tensor> constants;

    Sizing(Graph graph) {
        this.file = graph.file();
        this.graph = graph;
        this.constants = Folding.everywhere(graph);
    }

    /**
     * @param parts of the network
     * @param isFree whether it takes images of many sizes
     */
    record Sized(Parts parts, boolean isFree) {}

    /** @throws InputException saying why the operations do not fit, whatever the extents */
    Sized solve() {
        InputException first = null;
        for (Order order : orders()) {
            try {
                return solve(order);
            } catch (InputException e) {
                first = first == null ? e : first;
            }
        }
        throw first;
    }

    /** The likelier first: its refusal is the one that is told. */
    private List<Order> orders() {
        List<OptionalLong> extents = graph.input().extents();
        boolean last = isUsual(extents.get(3)) && !isUsual(extents.get(1));
        return last ? List.of(Order.CHANNELS_LAST, Order.CHANNELS_FIRST) : Arrays.asList(Order.values());
    }

    private static boolean isUsual(OptionalLong channels) {
        return channels.isPresent() && USUAL_CHANNELS.contains(channels.getAsLong());
    }

    private Sized solve(Order order) {
        long channels = channels(order);
        if (!graph.input().hasOpenSides(order)) {
            return new Sized(attempt(order, channels, 1, false), false);
        }
        try {
            Parts even = attempt(order, channels, PROBES[0], true);
            Parts odd = attempt(order, channels, PROBES[1], true);
            requireAlike(even, odd);
            return new Sized(even, true);
        } catch (Unfit e) {
            return new Sized(smallest(order, channels, e), false);
        }
    }

    private Parts attempt(Order order, long channels, long side, boolean openSides) {
        try {
            return new Construction(graph, constants, graph.input().images(order, channels, side), openSides).parts();
        } catch (InputException e) {
            throw new Unfit(e);
        }
    }

    /** An image's extents that do not fit. */
    private static final class Unfit extends InputException {

        private static final long serialVersionUID = 1L;

        Unfit(InputException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private Parts smallest(Order order, long channels, Unfit first) {
        // What is refused in the same words at any size is not a matter of size.
        for (long probe : PROBES) {
            try {
                return shrunk(order, channels, attempt(order, channels, probe, false));
            } catch (Unfit e) {
                if (probe == PROBES[1] && e.getMessage().equals(first.getMessage())) {
                    throw e;
                }
            }
        }
        for (long side = 1; side <= LARGEST_SIDE; side++) {
            try {
                return attempt(order, channels, side, false);
            } catch (Unfit e) {
                // The next size may fit.
                continue;
            }
        }
        throw first;
    }

    /** A map that is flattened is the same for several sizes of image. */
    private Parts shrunk(Order order, long channels, Parts fitting) {
        Parts best = fitting;
        for (long side = fitting.images().extents().height() - 1; side > 0; side--) {
            try {
                best = attempt(order, channels, side, false);
            } catch (Unfit e) {
                return best;
            }
        }
        return best;
    }

    private void requireAlike(Parts even, Parts odd) {
        Iterator<Part> others = odd.all().iterator();
        for (Part part : even.all()) {
            if (!others.hasNext() || !part.isLike(others.next())) {
                throw file.refused("it leaves the height and width of its images open, but what computes '" + Operation.printable(part.name())
                        + "' is another for each size (as auto_pad=SAME_LOWER and ceil_mode do)", "Export it with a fixed height and width");
            }
        }
    }

    private long channels(Order order) {
        OptionalLong said = graph.input().extent(order, Axis.CHANNEL);
        if (said.isPresent()) {
            return said.getAsLong();
        }
        return graph.operations().stream()
                .filter(o -> o.type().equals("Conv") && o.input(1).map(constants::get).filter(k -> k.rank() == 4).isPresent())
                .findFirst()
                .map(o -> Math.multiplyExact(constants.get(o.inputs().get(1)).extent(1), Math.max(1, Math.min(1 << 16, o.integer("group", 1)))))
                .filter(c -> c >= 1 && c <= 1 << 14)
                .orElseThrow(() -> file.refused("its input '" + Operation.printable(graph.input().name()) + "' leaves its channels open",
                        "Export it with a fixed number of channels"));
    }
}
