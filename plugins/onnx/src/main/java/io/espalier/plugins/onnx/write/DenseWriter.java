package io.espalier.plugins.onnx.write;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;

/** Dense layers as {@code Gemm}. */
final class DenseWriter {

    private DenseWriter() {}

    static void dense(Operators operators, DenseLayer layer) {
        if (layer.hasLayerNorm()) {
            throw operators.refusal("its layer norm has no standard operator in opset 17 that means the same");
        }
        product(operators, layer.hasBias());
        ActivationWriter.write(operators, layer.getActivationFn());
    }

    /** @param logits whether the softmax is left out */
    static void output(Operators operators, BaseOutputLayer layer, boolean logits) {
        product(operators, layer.hasBias());
        if (!logits) {
            ActivationWriter.write(operators, layer.getActivationFn());
        }
    }

    /** The weights [in, out] as they are. */
    private static void product(Operators operators, boolean hasBias) {
        if (!(operators.type() instanceof InputType.InputTypeFeedForward)) {
            throw operators.refusal("it reads " + operators.type() + " and not vectors");
        }
        String weight = operators.constant("weight", operators.node().parameter(DefaultParamInitializer.WEIGHT_KEY));
        if (hasBias) {
            var bias = operators.node().parameter(DefaultParamInitializer.BIAS_KEY);
            operators.then("Gemm", weight, operators.constant("bias", bias.reshape(bias.length())));
        } else {
            operators.then("Gemm", weight);
        }
    }
}
