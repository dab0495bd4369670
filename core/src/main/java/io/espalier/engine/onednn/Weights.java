package io.espalier.engine.onednn;

import io.espalier.engine.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The weights of a program, each once in every layout that its plans ask for. Written anew only when a parameter that they
 * follow from was set.
 */
final class Weights implements AutoCloseable {

    /** One weight in one layout. */
    private static final class Copy {

        private final Tensor tensor;
        private final memory source;
        private final reorder reorder;
        private final IntMemoryMap arguments;

        Copy(engine cpu, Weight weight, memory.desc desc, BytePointer place) {
            memory.desc plain = Shapes.strided(weight.extents(), weight.strides());
            tensor = new Tensor(desc, Storage.elsewhere(desc.get_size(), place));
            source = new memory(plain, cpu, place);
            reorder = new reorder(new reorder.primitive_desc(cpu, plain, cpu, desc));
            arguments = new IntMemoryMap();
            arguments.put(dnnl.DNNL_ARG_FROM, source);
            arguments.put(dnnl.DNNL_ARG_TO, new memory(desc, cpu, place));
        }

        void write(Pointer from, stream stream) {
            source.set_data_handle(from);
            reorder.execute(stream, arguments);
        }
    }

    private static final class Entry {

        private final List<Copy> copies = new ArrayList<>();
        private int changes = -1;
    }

    private static final long ALIGNMENT = 64;

    private final engine cpu;
    private final Parameters parameters;
    private final Precision precision;
    private final Map<Weight, Entry> entries = new HashMap<>();
    private final List<PointerScope> owned = new ArrayList<>();
    private long bytes;

    Weights(engine cpu, Parameters parameters, Precision precision) {
        this.cpu = cpu;
        this.precision = precision;
        this.parameters = parameters;
    }

    Parameters parameters() {
        return parameters;
    }

    /** In what convolutions read them. */
    Precision precision() {
        return precision;
    }

    /** The weight in that layout; its numbers are there after {@link #refresh}. */
    Tensor tensor(Weight weight, memory.desc desc) {
        Entry entry = entries.computeIfAbsent(weight, w -> new Entry());
        for (Copy copy : entry.copies) {
            if (copy.tensor.hasLayout(desc)) {
                return copy.tensor;
            }
        }
        return add(entry, weight, desc);
    }

    private Tensor add(Entry entry, Weight weight, memory.desc desc) {
        try (PointerScope inner = new PointerScope()) {
            long size = desc.get_size();
            BytePointer memory = new BytePointer(size + ALIGNMENT);
            BytePointer place = memory.getPointer(BytePointer.class, Math.floorMod(-memory.address(), ALIGNMENT));
            memory.desc kept = new memory.desc(desc.data());
            Copy copy = new Copy(cpu, weight, kept, place);
            entry.copies.add(copy);
            entry.changes = -1;
            bytes += size;
            // Only leaves the stack of scopes; what was made in it is freed with this.
            owned.add(inner.extend());
            return copy.tensor;
        }
    }

    /** Brings those up to date whose parameters have changed. */
    void refresh(List<Weight> wanted, stream stream) {
        for (Weight weight : wanted) {
            Entry entry = entries.get(weight);
            int changes = parameters.changes(weight.from());
            if (entry.changes != changes) {
                write(weight, entry, stream);
                entry.changes = changes;
            }
        }
    }

    private void write(Weight weight, Entry entry, stream stream) {
        INDArray value = weight.value().apply(parameters);
        INDArray plain = inOrder(value);
        Pointer from = plain.data().addressPointer();
        entry.copies.forEach(copy -> copy.write(from, stream));
        if (plain != value || !parameters.own(value)) {
            plain.close();
        }
    }

    private static INDArray inOrder(INDArray value) {
        return value.ordering() == 'c' && !value.isView() ? value : value.dup('c');
    }

    /** Native memory that they take. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        owned.forEach(PointerScope::close);
    }
}
