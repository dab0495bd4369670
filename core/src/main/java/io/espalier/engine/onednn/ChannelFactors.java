package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * One trained factor for each channel, y = f x: dL/df = sum(x dL/dy) over batch and places, dL/dx = f dL/dy.
 *
 * @param affine computes it forward, with shifts of 0
 * @param factors the key of f
 */
record ChannelFactors(Affine affine, ParameterKey factors) implements Operation {

    @Override
    public Set<ParameterKey> trains() {
        return Set.of(factors);
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        Forward forward = affine.forward(tape, inputs);
        return new Forward(forward.output(), (t, gradient, wanted) -> {
            t.gradient(factors, Kernel.sumOfProducts(t, x, gradient), x.channels());
            return wanted.get(0) ? forward.backward().write(t, gradient, wanted) : Arrays.asList((Tensor) null);
        });
    }
}
