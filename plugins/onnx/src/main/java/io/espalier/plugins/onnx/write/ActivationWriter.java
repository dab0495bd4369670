package io.espalier.plugins.onnx.write;

import io.espalier.layers.Clip;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationCube;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationMish;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationRectifiedTanh;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSoftSign;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;

/** Activation functions, alone or behind what they are fused with. */
final class ActivationWriter {

    /** Slope of the default hard sigmoid of DL4J, and what it adds. */
    private static final double HARD_SLOPE = 0.2;
    private static final double HARD_SHIFT = 0.5;

    private static final double GELU_SLOPE = 1.702;
    /** libnd4j cubes the coefficient 0.044715 with x, where the formula's source cubes x alone; the network was trained so. */
    private static final double GELU_CUBIC = Math.pow(0.044715, 3);

    private ActivationWriter() {}

    static void write(Operators operators, IActivation activation) {
        if (activation instanceof ActivationIdentity) {
            return;
        }
        String x = operators.value();
        if (activation instanceof ActivationReLU relu) {
            relu(operators, relu);
        } else if (activation instanceof ActivationReLU6) {
            clip(operators, 0, 6);
        } else if (activation instanceof ActivationLReLU leaky) {
            operators.then("LeakyRelu").with("alpha", leaky.getAlpha());
        } else if (activation instanceof ActivationThresholdedReLU threshold) {
            operators.then("ThresholdedRelu").with("alpha", threshold.getTheta());
        } else if (activation instanceof ActivationSigmoid) {
            operators.then("Sigmoid");
        } else if (activation instanceof ActivationHardSigmoid) {
            operators.then("HardSigmoid").with("alpha", HARD_SLOPE).with("beta", HARD_SHIFT);
        } else if (activation instanceof HardSigmoid hard) {
            operators.then("HardSigmoid").with("alpha", hard.alpha()).with("beta", hard.beta());
        } else if (activation instanceof HardSwish) {
            operators.then("HardSwish");
        } else if (activation instanceof Clip clip) {
            clip(operators, clip.min(), clip.max());
        } else if (activation instanceof ActivationSwish) {
            operators.apply("Mul", x, operators.then("Sigmoid").output());
        } else if (activation instanceof ActivationTanH) {
            operators.then("Tanh");
        } else if (activation instanceof ActivationHardTanH) {
            clip(operators, -1, 1);
        } else if (activation instanceof ActivationRectifiedTanh) {
            operators.then("Tanh");
            operators.then("Relu");
        } else if (activation instanceof ActivationELU elu) {
            operators.then("Elu").with("alpha", elu.getAlpha());
        } else if (activation instanceof ActivationSELU) {
            operators.then("Selu");
        } else if (activation instanceof ActivationSoftPlus) {
            operators.then("Softplus");
        } else if (activation instanceof ActivationSoftSign) {
            operators.then("Softsign");
        } else if (activation instanceof ActivationMish) {
            operators.then("Softplus");
            operators.apply("Mul", x, operators.then("Tanh").output());
        } else if (activation instanceof ActivationCube) {
            operators.apply("Mul", operators.apply("Mul", x, x).output(), x);
        } else if (activation instanceof ActivationGELU gelu) {
            gelu(operators, x, gelu.isPrecise());
        } else if (activation instanceof ActivationSoftmax) {
            // DL4J's is over the last dimension, of feature maps too.
            operators.then("Softmax").with("axis", -1);
        } else {
            throw operators.refusal("its activation " + activation + " has no form in ONNX's standard operators that is known here");
        }
    }

    private static void relu(Operators operators, ActivationReLU relu) {
        double threshold = relu.getThreshold() == null ? 0 : relu.getThreshold();
        double slope = relu.getNegativeSlope() == null ? 0 : relu.getNegativeSlope();
        if (threshold != 0) {
            throw operators.refusal("a ReLU with a threshold (" + threshold + ") has no standard operator");
        }
        if (slope == 0 && relu.getMax() != null) {
            clip(operators, 0, relu.getMax());
            return;
        }
        if (slope == 0) {
            operators.then("Relu");
        } else {
            operators.then("LeakyRelu").with("alpha", slope);
        }
        if (relu.getMax() != null) {
            operators.then("Min", operators.scalar("max", relu.getMax()));
        }
    }

    /** An infinite bound is none: its input is left out. */
    private static void clip(Operators operators, double least, double most) {
        String min = Double.isInfinite(least) ? "" : operators.scalar("min", least);
        if (Double.isInfinite(most)) {
            operators.then("Clip", min);
        } else {
            operators.then("Clip", min, operators.scalar("max", most));
        }
    }

    /** DL4J's two approximations of x times the normal distribution; ONNX has no operator for either before opset 20. */
    private static void gelu(Operators operators, String x, boolean precise) {
        if (!precise) {
            operators.then("Mul", operators.scalar("slope", GELU_SLOPE));
            operators.apply("Mul", x, operators.then("Sigmoid").output());
            return;
        }
        String square = operators.apply("Mul", x, x).output();
        String cube = operators.apply("Mul", square, x).output();
        operators.apply("Mul", cube, operators.scalar("cubic", GELU_CUBIC));
        operators.apply("Add", x, operators.value());
        operators.then("Mul", operators.scalar("root", Math.sqrt(2 / Math.PI)));
        operators.then("Tanh");
        operators.then("Add", operators.scalar("one", 1));
        operators.apply("Mul", x, operators.value());
        operators.then("Mul", operators.scalar("half", 0.5));
    }
}
