package io.espalier.engine.onednn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An activation that stands alone. */
record Activate(Activation activation) implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        List<Tensor> stages = new ArrayList<>(List.of(inputs.get(0)));
        for (Eltwise function : activation.functions()) {
            stages.add(function.write(tape, stages.get(stages.size() - 1)));
        }
        return new Forward(stages.get(stages.size() - 1), (t, gradient, wanted) -> {
            Tensor flowing = gradient;
            for (int i = activation.functions().size() - 1; i >= 0; i--) {
                Eltwise function = activation.functions().get(i);
                Tensor known = stages.get(function.needs() == Eltwise.Needs.OUTPUT ? i + 1 : i);
                flowing = function.writeBackward(t, known, flowing);
            }
            return Arrays.asList(flowing);
        });
    }
}
