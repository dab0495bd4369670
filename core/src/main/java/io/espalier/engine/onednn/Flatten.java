package io.espalier.engine.onednn;

import java.util.Arrays;
import java.util.List;

/** The numbers of each image in C order with other extents: [channels, height, width] each time. */
record Flatten(long channels, long height, long width) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        long[] before = input.extents();
        long[] after = {before[Shapes.BATCH], channels, height, width};
        Tensor output = tape.plain(input).seenAs(Shapes.plain(after));
        return new Forward(output, (t, gradient, wanted) -> Arrays.asList(t.plain(gradient).seenAs(Shapes.plain(before))));
    }
}
