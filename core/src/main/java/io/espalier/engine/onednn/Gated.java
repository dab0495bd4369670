package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Maps times one factor for each channel of each image, or for each place of each image. */
record Gated() implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor maps = inputs.get(0);
        Tensor gate = inputs.get(1);
        Tensor factors = broadcast(tape, gate, maps);
        return new Forward(Binary.product(tape, maps, factors), (t, gradient, wanted) -> {
            Tensor dy = t.as(gradient, maps.desc());
            return Arrays.asList(
                    wanted.get(0) ? Binary.product(t, dy, broadcast(t, gate, dy)) : null,
                    wanted.get(1) ? summed(t, Binary.product(t, dy, maps), gate.extents()) : null);
        });
    }

    /**
     * What a product with the maps takes: in the blocks of what it meets, or the library falls back to its slow reference.
     * Factors of places are first copied for every channel: 2.5 takes them for what they are not when channels lie in blocks.
     */
    private static Tensor broadcast(Tape tape, Tensor gate, Tensor maps) {
        if (gate.channels() == 1 && maps.channels() > 1) {
            Weight ones = ones(maps.channels(), 1);
            Tensor copies = new Kernel(ones, Optional.empty(), Geometry.POINTWISE).forward(tape, gate, Activation.IDENTITY);
            return tape.as(copies, maps.desc());
        }
        return tape.as(gate, Shapes.like(maps.desc(), gate.extents()));
    }

    /** Sums over the axes along which the gate has one number. */
    private static Tensor summed(Tape tape, Tensor products, long[] gate) {
        long[] all = products.extents();
        if (gate[Shapes.CHANNELS] == 1 && all[Shapes.CHANNELS] > 1) {
            return new Kernel(ones(1, all[Shapes.CHANNELS]), Optional.empty(), Geometry.POINTWISE).forward(tape, products, Activation.IDENTITY);
        }
        if (gate[Shapes.HEIGHT] == 1 && gate[Shapes.WIDTH] == 1) {
            Tensor mean = Pool.global(Pool.Kind.MEAN).forward(tape, List.of(products)).output();
            return Eltwise.linear(all[Shapes.HEIGHT] * all[Shapes.WIDTH], 0).write(tape, mean);
        }
        return products;
    }

    private static Weight ones(long out, long in) {
        return Weight.of("ones " + out + " " + in, Set.of(), p -> Nd4j.ones(DataType.FLOAT, out, in, 1, 1), out, in, 1, 1);
    }
}
