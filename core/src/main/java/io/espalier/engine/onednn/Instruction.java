package io.espalier.engine.onednn;

import java.util.Collection;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.stream;

/** One step of a plan. */
interface Instruction {

    /** What it reads and writes. */
    Collection<Tensor> uses();

    /** Called once, when every tensor has its place. */
    void bind(engine cpu);

    void run(stream stream);

    /** What it is, for a profile. */
    String description();

    /** A primitive of oneDNN with its arguments. */
    final class Call implements Instruction {

        private final String description;
        private final primitive primitive;
        private final Map<Integer, Tensor> arguments;
        private final boolean copies;
        private IntMemoryMap bound;
        private boolean superfluous;

        /**
         * @param copies whether it does nothing but copy one tensor to another
         */
        Call(String description, primitive primitive, Map<Integer, Tensor> arguments, boolean copies) {
            this.description = description;
            this.primitive = primitive;
            this.arguments = arguments;
            this.copies = copies;
        }

        @Override
        public Collection<Tensor> uses() {
            return arguments.values();
        }

        @Override
        public void bind(engine cpu) {
            bound = new IntMemoryMap();
            arguments.forEach((argument, tensor) -> bound.put(argument, new memory(tensor.desc(), cpu, tensor.storage().place())));
            superfluous = isCopyOntoItself();
        }

        /** Where a copy took the place of what it is a copy of. */
        private boolean isCopyOntoItself() {
            Tensor from = arguments.get(dnnl.DNNL_ARG_FROM);
            Tensor to = arguments.get(dnnl.DNNL_ARG_TO);
            return copies && from.hasLayout(to.desc()) && from.storage().place().address() == to.storage().place().address();
        }

        @Override
        public void run(stream stream) {
            if (superfluous) {
                return;
            }
            try {
                primitive.execute(stream, bound);
            } catch (RuntimeException e) {
                throw new IllegalStateException("oneDNN could not run " + description + " with " + arguments, e);
            }
        }

        @Override
        public String description() {
            return description;
        }
    }

    /** Something small that Java computes. */
    record Host(String description, Collection<Tensor> uses, Runnable body) implements Instruction {

        @Override
        public void bind(engine cpu) {
            // Java reads and writes places as they are.
        }

        @Override
        public void run(stream stream) {
            body.run();
        }
    }
}
