package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.random.impl.DropOutInverted;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Dropout in training; nothing outside of it. Draws what DL4J draws: from ND4J's generator, in C order.
 *
 * @param retained probability that a value stays
 * @param flat whether DL4J sees its input as [batch, channels]
 */
record Dropout(double retained, boolean flat) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        if (!tape.isTraining()) {
            return new Forward(input, (t, gradient, wanted) -> Arrays.asList(gradient));
        }
        Tensor drawn = tape.tensor(Shapes.plain(input.extents()));
        long[] extents = input.extents();
        tape.host("mask", List.of(drawn), () -> draw(drawn, extents));
        Tensor mask = tape.as(drawn, input.desc());
        return new Forward(Binary.product(tape, input, mask), (t, gradient, wanted) ->
                Arrays.asList(Binary.product(t, t.as(gradient, mask.desc()), mask)));
    }

    private void draw(Tensor target, long[] extents) {
        long[] shape = flat ? new long[] {extents[0], extents[1]} : extents;
        try (INDArray mask = Nd4j.ones(DataType.FLOAT, shape)) {
            Nd4j.getExecutioner().exec(new DropOutInverted(mask, mask, retained));
            Pointer.memcpy(target.storage().place(), mask.data().addressPointer(), mask.length() * Float.BYTES);
        }
    }
}
