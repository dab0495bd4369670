package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.network.Node;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A decomposed convolution: z = U^T x, y = (diag(v) diag(s) V^T)^T z + b, then an activation. Of z and the gradient of y
 * follow dL/dv_j = s_j sum(z_j g_j) with g = V dL/dy, and dL/dz = v s g. A second input, if there is one, is added before the activation.
 *
 * @param basis z of x
 * @param ofBasis what of U trains
 * @param vectors y of z with the factors v s left out, [c_out, r, 1, 1]; no bias
 * @param scaled y of z as it is
 * @param factors the key of v
 * @param singularValues the key of s
 * @param trained whether the gradient of v is wanted
 * @param activation known from its output
 */
record Decomposed(
        Kernel basis, TrainedKernel ofBasis, Weight vectors, Kernel scaled, ParameterKey factors, ParameterKey singularValues,
        boolean trained, Activation activation)
        implements Operation {

    @Override
    public Set<ParameterKey> trains() {
        Set<ParameterKey> keys = new HashSet<>(ofBasis.keys());
        if (trained) {
            keys.add(factors);
        }
        return keys;
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        boolean adds = inputs.size() > 1;
        Tensor z = basis.forward(tape, x, Activation.IDENTITY);
        Tensor y = adds ? scaled.forwardOnto(tape, z, inputs.get(1), activation) : scaled.forward(tape, z, activation);
        return new Forward(y, (t, gradient, wanted) -> {
            Tensor dy = activation.writeBackward(t, y, gradient);
            Tensor dx = trained ? backward(t, x, z, dy, wanted.get(0)) : frozen(t, x, z, dy, wanted.get(0));
            return adds ? Arrays.asList(dx, dy) : Arrays.asList(dx);
        });
    }

    private Tensor frozen(Tape tape, Tensor x, Tensor z, Tensor dy, boolean flowsOn) {
        return flowsOn || !ofBasis.isNone() ? throughBasis(tape, x, scaled.backward(tape, z.extents(), dy), flowsOn) : null;
    }

    private Tensor throughBasis(Tape tape, Tensor x, Tensor dz, boolean flowsOn) {
        basis.writeGradients(tape, x, dz, ofBasis);
        return flowsOn ? basis.backward(tape, x.extents(), dz) : null;
    }

    Decomposed with(Activation other) {
        return new Decomposed(basis, ofBasis, vectors, scaled, factors, singularValues, trained, other);
    }

    /** The same with a frozen affine after it multiplied in. */
    Decomposed folded(Node affine) {
        return new Decomposed(
                basis, ofBasis, Layers.scaled(vectors, affine, true), Layers.foldedLast(scaled, affine), factors, singularValues, trained, activation);
    }

    private Tensor backward(Tape tape, Tensor x, Tensor z, Tensor dy, boolean flowsOn) {
        Tensor g = new Kernel(vectors, Optional.empty(), Geometry.POINTWISE).backward(tape, z.extents(), dy);
        long rank = z.channels();
        Tensor sums = Kernel.sumOfProducts(tape, z, g);
        Tensor ofFactors = Binary.product(tape, sums, tape.weight(vector(singularValues, rank), sums.desc()));
        tape.gradient(factors, ofFactors, rank);
        if (!flowsOn && ofBasis.isNone()) {
            return null;
        }
        long[] filters = basis.weight().extents();
        // The factors go to whichever has fewer numbers: g, or the filters that it meets next.
        if (ofBasis.isNone() && Shapes.product(filters) < z.length()) {
            return new Kernel(scaledFilters(), Optional.empty(), basis.geometry()).backward(tape, x.extents(), g);
        }
        Tensor dz = Binary.product(tape, g, tape.weight(effectiveScales(rank), Shapes.like(g.desc(), 1, rank, 1, 1)));
        return throughBasis(tape, x, dz, flowsOn);
    }

    private static Weight vector(ParameterKey key, long length) {
        return Weight.of(key.toString(), Set.of(key), parameters -> parameters.value(key), length, 1, 1, 1, 1);
    }

    private Weight effectiveScales(long rank) {
        return Weight.of(factors + "*s", Set.of(factors, singularValues), this::scales, 1, rank, 1, 1);
    }

    private INDArray scales(Parameters parameters) {
        return parameters.value(factors).mul(parameters.value(singularValues));
    }

    private Weight scaledFilters() {
        return basis.weight().changed("*vs", Set.of(factors, singularValues), (filters, parameters) -> {
            INDArray scales = scales(parameters);
            return filters.mul(scales.reshape(scales.length(), 1, 1, 1));
        });
    }
}
