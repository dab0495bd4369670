package io.espalier.plugins.onnx.read;

import io.espalier.layers.Clip;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import io.espalier.plugins.onnx.read.Part.Affine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Joins parts that exporters write as several operations and that are one layer here: swish and its hard relatives, biases
 * added after a product, affines in a row, rows and columns skipped one after the other. What is joined bears the name of
 * the last of them.
 */
final class Simplification {

    private static final double SIXTH = 1 / 6.0;

    private final Parts parts;

    Simplification(Parts parts) {
        this.parts = parts;
    }

    void run() {
        // Biases last: the 3 of a hard swish is not the bias of the convolution before it.
        parts.names().forEach(name -> parts.find(name).ifPresent(this::joinActivations));
        parts.names().forEach(name -> parts.find(name).ifPresent(this::joinSums));
    }

    private void joinActivations(Part part) {
        if (part.affine().isPresent()) {
            joinScaled(part, part.affine().get());
        } else if (part.activation().isPresent()) {
            joinHardSigmoid(part);
        } else if (part.vertex(ElementWiseVertex.class).filter(v -> v.getOp() == ElementWiseVertex.Op.Product).isPresent()) {
            joinProduct(part);
        } else if (skips(part)) {
            joinSkips(part);
        }
    }

    private void joinSums(Part part) {
        part.affine().ifPresent(affine -> parts.ofOneReader(part.inputs().get(0)).ifPresent(before -> {
            if (before.affine().isPresent()) {
                Affine joined = after(affine, before.affine().get());
                parts.put(new Part(part.name(), joined, before.inputs(), part.extents(), part.flat()));
                parts.remove(before);
                parts.find(part.name()).ifPresent(this::joinSums);
            } else if (affine.onlyShifts() && takesBias(before)) {
                Part.Layered biased = withBias((Part.Layered) before.kind(), affine.shift());
                parts.put(new Part(part.name(), biased, before.inputs(), part.extents(), part.flat()));
                parts.remove(before);
            }
        }));
    }

    private static Affine after(Affine second, Affine first) {
        float[] scale = new float[first.scale().length];
        float[] shift = new float[scale.length];
        for (int i = 0; i < scale.length; i++) {
            scale[i] = second.scale()[i] * first.scale()[i];
            shift[i] = second.scale()[i] * first.shift()[i] + second.shift()[i];
        }
        return new Affine(scale, shift);
    }

    private static boolean takesBias(Part part) {
        return part.layer(ConvolutionLayer.class).isPresent() || part.layer(DenseLayer.class).isPresent();
    }

    private static Part.Layered withBias(Part.Layered kind, float[] shift) {
        Layer layer = kind.layer().clone();
        if (layer instanceof ConvolutionLayer convolution) {
            convolution.setHasBias(true);
        } else {
            ((DenseLayer) layer).setHasBias(true);
        }
        Map<String, Supplier<INDArray>> weights = new LinkedHashMap<>(kind.weights());
        weights.merge("b", () -> Weights.array(shift, shift.length), (own, more) -> () -> own.get().add(more.get()));
        return new Part.Layered(layer, kind.preProcessor(), weights);
    }

    /** A factor after a clipped sum: hard sigmoid, or what is left of x * clip(x + 3, 0, 6) / 6. */
    private void joinScaled(Part part, Affine affine) {
        if (!affine.isUniform() || affine.shift()[0] != 0) {
            return;
        }
        double factor = affine.scale()[0];
        Optional<Part> before = parts.ofOneReader(part.inputs().get(0));
        Optional<Hard> hard = before.flatMap(this::clippedSum).filter(h -> h.min == 0 && near(h.max * factor, 1));
        if (hard.isPresent()) {
            become(part, new HardSigmoid(hard.get().alpha * factor, hard.get().beta * factor), hard.get().input);
            parts.remove(before.get());
            parts.remove(hard.get().sum);
            return;
        }
        if (near(factor, SIXTH)) {
            before.filter(p -> isProduct(p)).flatMap(p -> ungated(p, this::isShiftedRelu6)).ifPresent(u -> {
                become(part, new HardSwish(), u.input);
                parts.remove(before.get());
                removeChain(u.gate);
            });
        }
    }

    /** Clipping to 0..1 after a factor and a sum. */
    private void joinHardSigmoid(Part part) {
        clippedSum(part).filter(h -> h.min == 0 && near(h.max, 1)).ifPresent(h -> {
            become(part, new HardSigmoid(h.alpha, h.beta), h.input);
            parts.remove(h.sum);
        });
    }

    private void joinProduct(Part part) {
        ungated(part, gate -> activates(gate, ActivationSigmoid.class::isInstance)).ifPresent(u -> {
            become(part, new ActivationSwish(), u.input);
            removeChain(u.gate);
        });
        find(part).flatMap(p -> ungated(p, gate -> activates(gate, this::isUsualHardSigmoid))).ifPresent(u -> {
            become(part, new HardSwish(), u.input);
            removeChain(u.gate);
        });
        find(part).ifPresent(this::joinScaledProduct);
    }

    private Optional<Part> find(Part part) {
        return parts.find(part.name()).filter(this::isProduct);
    }

    /** (x / 6) * clip(x + 3, 0, 6). */
    private void joinScaledProduct(Part part) {
        for (int i = 0; i < 2; i++) {
            Optional<Part> scaled = parts.ofOneReader(part.inputs().get(i)).filter(this::isSixth);
            Optional<Part> gate = parts.ofOneReader(part.inputs().get(1 - i));
            if (scaled.isPresent() && gate.isPresent() && isShiftedRelu6(gate.get())
                    && inputOfGate(gate.get()).equals(scaled.get().inputs().get(0))) {
                become(part, new HardSwish(), scaled.get().inputs().get(0));
                parts.remove(scaled.get());
                removeChain(gate.get());
                return;
            }
        }
    }

    private boolean isSixth(Part part) {
        return part.affine().filter(a -> a.isUniform() && a.shift()[0] == 0 && near(a.scale()[0], SIXTH)).isPresent();
    }

    private boolean isProduct(Part part) {
        return part.vertex(ElementWiseVertex.class).filter(v -> v.getOp() == ElementWiseVertex.Op.Product).isPresent();
    }

    private static boolean activates(Part part, Predicate<IActivation> activation) {
        return part.activation().filter(activation).isPresent();
    }

    private boolean isUsualHardSigmoid(IActivation activation) {
        return activation instanceof HardSigmoid hard && near(hard.alpha(), SIXTH) && near(hard.beta(), 0.5);
    }

    /** clip(x + 3, 0, 6). */
    private boolean isShiftedRelu6(Part part) {
        return clippedSum(part).filter(h -> h.min == 0 && near(h.max, 6) && near(h.alpha, 1) && near(h.beta, 3)).isPresent();
    }

    /** The gate of a product and what it gates, if the gate is computed from that alone. */
    private record Ungated(Part gate, String input) {}

    private Optional<Ungated> ungated(Part product, Predicate<Part> kind) {
        for (int i = 0; i < 2; i++) {
            String input = product.inputs().get(1 - i);
            Optional<Part> gate = parts.ofOneReader(product.inputs().get(i)).filter(kind).filter(g -> inputOfGate(g).equals(input));
            if (gate.isPresent()) {
                return Optional.of(new Ungated(gate.get(), input));
            }
        }
        return Optional.empty();
    }

    private String inputOfGate(Part gate) {
        return clippedSum(gate).map(h -> h.input).orElse(gate.inputs().get(0));
    }

    /** Takes a gate out, and the sum before it if there is one. */
    private void removeChain(Part gate) {
        Optional<Hard> hard = clippedSum(gate);
        parts.remove(gate);
        hard.ifPresent(h -> parts.remove(h.sum));
    }

    /** clip(alpha * x + beta, min, max). */
    private record Hard(double alpha, double beta, double min, double max, String input, Part sum) {}

    private Optional<Hard> clippedSum(Part part) {
        Optional<Clip> clip = part.activation().flatMap(Activations::clipping);
        Optional<Part> sum = parts.ofOneReader(part.inputs().get(0)).filter(p -> p.affine().filter(Affine::isUniform).isPresent());
        if (clip.isEmpty() || sum.isEmpty()) {
            return Optional.empty();
        }
        Affine affine = sum.get().affine().orElseThrow();
        if (!Float.isFinite(affine.scale()[0]) || !Float.isFinite(affine.shift()[0])) {
            return Optional.empty();
        }
        return Optional.of(new Hard(
                affine.scale()[0], affine.shift()[0], clip.get().min(), clip.get().max(), sum.get().inputs().get(0), sum.get()));
    }

    private void become(Part part, IActivation activation, String input) {
        parts.put(new Part(part.name(), new Part.Layered(new ActivationLayer(activation)), List.of(input), part.extents(), part.flat()));
    }

    /** Exporters round 1/6 to float32. */
    private static boolean near(double a, double b) {
        return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));
    }

    /** Whether it takes every so many-th row or column and nothing else. */
    private static boolean skips(Part part) {
        return part.layer(SubsamplingLayer.class).filter(l -> l.getPoolingType() == PoolingType.MAX
                        && l.getKernelSize()[0] == 1 && l.getKernelSize()[1] == 1 && l.getPadding()[0] == 0 && l.getPadding()[1] == 0)
                .isPresent();
    }

    private void joinSkips(Part part) {
        parts.ofOneReader(part.inputs().get(0)).filter(Simplification::skips).ifPresent(before -> {
            SubsamplingLayer first = before.layer(SubsamplingLayer.class).orElseThrow();
            SubsamplingLayer second = (SubsamplingLayer) part.layer(SubsamplingLayer.class).orElseThrow().clone();
            second.setStride(new int[] {first.getStride()[0] * second.getStride()[0], first.getStride()[1] * second.getStride()[1]});
            parts.put(new Part(part.name(), new Part.Layered(second), before.inputs(), part.extents(), part.flat()));
            parts.remove(before);
        });
    }
}
