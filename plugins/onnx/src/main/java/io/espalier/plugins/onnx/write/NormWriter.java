package io.espalier.plugins.onnx.write;

import io.espalier.layers.ChannelAffine;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** What scales and shifts channels, of feature maps or of vectors. */
final class NormWriter {

    private NormWriter() {}

    static void batchNorm(Operators operators, BatchNormalization layer) {
        INDArray mean = flat(operators.node().parameter(BatchNormalizationParamInitializer.GLOBAL_MEAN));
        INDArray scale = layer.isLockGammaBeta()
                ? Nd4j.valueArrayOf(mean.shape(), layer.getGamma(), DataType.FLOAT)
                : flat(operators.node().parameter(BatchNormalizationParamInitializer.GAMMA));
        INDArray shift = layer.isLockGammaBeta()
                ? Nd4j.valueArrayOf(mean.shape(), layer.getBeta(), DataType.FLOAT)
                : flat(operators.node().parameter(BatchNormalizationParamInitializer.BETA));
        normalise(operators, scale, shift, mean, variance(operators, layer), layer.getEps());
    }

    /** DL4J keeps the variance, or by default the logarithm to base 10 of its root. */
    private static INDArray variance(Operators operators, BatchNormalization layer) {
        if (!layer.isUseLogStd()) {
            return flat(operators.node().parameter(BatchNormalizationParamInitializer.GLOBAL_VAR));
        }
        INDArray logarithm = flat(operators.node().parameter(BatchNormalizationParamInitializer.GLOBAL_LOG_STD));
        return Transforms.exp(logarithm.mul(2 * Math.log(10)));
    }

    private static void normalise(Operators operators, INDArray scale, INDArray shift, INDArray mean, INDArray variance, double epsilon) {
        operators.then("BatchNormalization",
                        operators.constant("scale", scale),
                        operators.constant("shift", shift),
                        operators.constant("mean", mean),
                        operators.constant("variance", variance))
                .with("epsilon", epsilon);
    }

    /**
     * A factor alone is one {@code Mul}, a shift alone one {@code Add}: what such a layer was read from. Both together are
     * one {@code BatchNormalization} of mean 0 and variance 1, since runtimes multiply that into the convolution before it,
     * and since it comes back as one layer with as many parameters.
     */
    static void affine(Operators operators) {
        INDArray scale = operators.node().parameter(ChannelAffine.SCALE);
        INDArray shift = operators.node().parameter(ChannelAffine.SHIFT);
        boolean scales = !scale.equalsWithEps(Nd4j.onesLike(scale), 0);
        boolean shifts = !shift.equalsWithEps(Nd4j.zerosLike(shift), 0);
        if (scales && shifts) {
            normalise(operators, scale, shift, Nd4j.zerosLike(scale), Nd4j.onesLike(scale), 0);
        } else if (shifts) {
            operators.then("Add", operators.constant("shift", perChannel(operators, shift)));
        } else {
            operators.then("Mul", operators.constant("scale", perChannel(operators, scale)));
        }
    }

    private static INDArray perChannel(Operators operators, INDArray values) {
        return operators.type() instanceof InputType.InputTypeConvolutional ? values.reshape(1, values.length(), 1, 1) : values.reshape(1, values.length());
    }

    /** DL4J's window reaches n / 2 channels to both sides, and its alpha is of each channel, ONNX's of the window. */
    static void localResponse(Operators operators, LocalResponseNormalization layer) {
        int size = 2 * ((int) layer.getN() / 2) + 1;
        operators.then("LRN")
                .with("size", size)
                .with("alpha", layer.getAlpha() * size)
                .with("beta", layer.getBeta())
                .with("bias", layer.getK());
    }

    private static INDArray flat(INDArray values) {
        return values.reshape(values.length());
    }
}
