package io.espalier.engine.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.concat;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;

/** Maps beside each other, along the channels. */
record Concat() implements Operation {

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        memory.desc sources = new memory.desc((long) inputs.size());
        Map<Integer, Tensor> arguments = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            sources.position(i).put(inputs.get(i).desc());
            arguments.put(dnnl.DNNL_ARG_MULTIPLE_SRC + i, inputs.get(i));
        }
        concat.primitive_desc description =
                new concat.primitive_desc(Shapes.CHANNELS, sources.position(0), tape.cpu(), Tape.attributes());
        Tensor output = tape.tensor(description.dst_desc());
        arguments.put(dnnl.DNNL_ARG_DST, output);
        tape.call(description, new concat(description), arguments);
        return new Forward(output, (t, gradient, wanted) -> {
            List<Tensor> gradients = new ArrayList<>();
            long channel = 0;
            for (int i = 0; i < inputs.size(); i++) {
                long[] offsets = {0, channel, 0, 0};
                gradients.add(wanted.get(i) ? Box.cut(t, gradient, inputs.get(i).extents(), offsets) : null);
                channel += inputs.get(i).channels();
            }
            return gradients;
        });
    }
}
