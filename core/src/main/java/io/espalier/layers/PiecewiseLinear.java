package io.espalier.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** What activations made of straight lines share. */
final class PiecewiseLinear {

    private PiecewiseLinear() {}

    /** Clips the array itself. */
    static INDArray clip(INDArray values, double min, double max) {
        Nd4j.exec(DynamicCustomOp.builder("clipbyvalue").addInputs(values).addOutputs(values).addFloatingPointArguments(min, max).build());
        return values;
    }

    /** 1 where a value lies between the bounds, 0 at them and beyond. */
    static INDArray inside(INDArray values, double min, double max) {
        return values.gt(min).castTo(values.dataType()).muli(values.lt(max).castTo(values.dataType()));
    }
}
