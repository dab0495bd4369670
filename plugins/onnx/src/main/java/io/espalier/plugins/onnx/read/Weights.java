package io.espalier.plugins.onnx.read;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Tensors of the file as arrays of the network. */
final class Weights {

    private Weights() {}

    static INDArray array(Tensor tensor, long... shape) {
        return array(tensor.floats(), shape);
    }

    static INDArray array(float[] values, long... shape) {
        return Nd4j.createFromArray(values).reshape('c', shape);
    }
}
