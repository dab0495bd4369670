package io.espalier.engine.onednn;

import io.espalier.layers.Clip;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.post_ops;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/**
 * An activation function: elementwise functions one after the other, none for the identity.
 *
 * @param functions in order
 */
record Activation(List<Eltwise> functions) {

    static final Activation IDENTITY = new Activation(List.of());

    Activation {
        functions = List.copyOf(functions);
    }

    private static Activation of(Eltwise... functions) {
        return new Activation(List.of(functions));
    }

    /** DL4J's activation, if oneDNN has it. */
    static Optional<Activation> of(IActivation activation) {
        if (activation instanceof ActivationIdentity) {
            return Optional.of(IDENTITY);
        }
        if (activation instanceof ActivationReLU relu) {
            return rectifier(relu);
        }
        if (activation instanceof ActivationReLU6) {
            return Optional.of(clip(0, 6));
        }
        if (activation instanceof ActivationLReLU leaky) {
            return leaky.getAlpha() < 0 ? Optional.empty() : Optional.of(leaky(leaky.getAlpha()));
        }
        if (activation instanceof ActivationSigmoid) {
            return Optional.of(of(Eltwise.ofOutput(algorithm.eltwise_logistic, algorithm.eltwise_logistic_use_dst_for_bwd, 0, 0)));
        }
        if (activation instanceof ActivationTanH) {
            return Optional.of(of(Eltwise.ofOutput(algorithm.eltwise_tanh, algorithm.eltwise_tanh_use_dst_for_bwd, 0, 0)));
        }
        if (activation instanceof ActivationELU elu) {
            return Optional.of(of(Eltwise.ofOutput(algorithm.eltwise_elu, algorithm.eltwise_elu_use_dst_for_bwd, elu.getAlpha(), 0)));
        }
        if (activation instanceof ActivationHardSigmoid) {
            return Optional.of(hardSigmoid(0.2, 0.5));
        }
        if (activation instanceof HardSigmoid hard) {
            return Optional.of(hardSigmoid(hard.alpha(), hard.beta()));
        }
        if (activation instanceof HardSwish) {
            return Optional.of(of(Eltwise.ofInput(algorithm.eltwise_hardswish, 0, 0)));
        }
        if (activation instanceof Clip clip) {
            return Optional.of(clip(clip.min(), clip.max()));
        }
        if (activation instanceof ActivationHardTanH) {
            return Optional.of(clip(-1, 1));
        }
        if (activation instanceof ActivationSwish) {
            return Optional.of(of(Eltwise.ofInput(algorithm.eltwise_swish, 1, 0)));
        }
        if (activation instanceof ActivationSoftPlus) {
            return Optional.of(of(Eltwise.ofInput(algorithm.eltwise_soft_relu, 0, 0)));
        }
        return Optional.empty();
    }

    private static Optional<Activation> rectifier(ActivationReLU relu) {
        double max = orZero(relu.getMax());
        double slope = orZero(relu.getNegativeSlope());
        if (orZero(relu.getThreshold()) != 0 || slope < 0 || (max != 0 && slope != 0)) {
            return Optional.empty();
        }
        return Optional.of(max > 0 ? clip(0, max) : leaky(slope));
    }

    private static double orZero(Double value) {
        return value == null ? 0 : value;
    }

    private static Activation leaky(double slope) {
        return of(Eltwise.ofOutput(algorithm.eltwise_relu, algorithm.eltwise_relu_use_dst_for_bwd, slope, 0));
    }

    /** No bound is the largest number there is. */
    private static Activation clip(double low, double high) {
        double least = Math.max(low, -Float.MAX_VALUE);
        double most = Math.min(high, Float.MAX_VALUE);
        return of(Eltwise.ofOutput(algorithm.eltwise_clip_v2, algorithm.eltwise_clip_v2_use_dst_for_bwd, least, most));
    }

    /** {@code max(0, min(1, slope x + shift))}. */
    private static Activation hardSigmoid(double slope, double shift) {
        List<Eltwise> functions = new ArrayList<>();
        functions.add(Eltwise.linear(slope, shift));
        functions.addAll(clip(0, 1).functions());
        return new Activation(functions);
    }

    /** Whether it is {@code max(0, x)}. */
    boolean isRectifier() {
        return equals(leaky(0));
    }

    boolean isIdentity() {
        return functions.isEmpty();
    }

    /**
     * Whether it can be put behind another primitive: its gradient follows from its output alone, so that what went into it
     * need not be kept.
     */
    boolean isKnownFromOutput() {
        for (int i = 0; i < functions.size(); i++) {
            Eltwise.Needs needs = functions.get(i).needs();
            if (needs == Eltwise.Needs.INPUT || (needs == Eltwise.Needs.OUTPUT && i < functions.size() - 1)) {
                return false;
            }
        }
        return true;
    }

    /** As what another primitive does with its output before it writes it. */
    post_ops appendedTo(post_ops after) {
        functions.forEach(function -> function.appendTo(after));
        return after;
    }

    /** Gradient before it, if it was put behind another primitive that gave {@code output}. */
    Tensor writeBackward(Tape tape, Tensor output, Tensor gradient) {
        Tensor flowing = gradient;
        for (int i = functions.size() - 1; i >= 0; i--) {
            flowing = functions.get(i).writeBackward(tape, output, flowing);
        }
        return flowing;
    }
}
