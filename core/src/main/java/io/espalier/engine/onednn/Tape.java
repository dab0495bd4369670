package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.engine.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.dnnl.reorder;

/**
 * A plan in the making: instructions in their order, and the tensors between them. Written once for each batch size, from
 * the network's input to the loss and back.
 */
final class Tape {

    /** A tensor that may lie where another one lay, once an instruction has read that. */
    private record Succession(int instruction, Tensor successor, Tensor predecessor) {}

    /**
     * A gradient that the plan computes.
     *
     * @param tensor in C order
     * @param shape of the parameter
     */
    record Gradient(Tensor tensor, long[] shape) {}

    private final engine cpu;
    private final Weights weights;
    private final boolean training;
    private final List<Instruction> instructions = new ArrayList<>();
    private final List<Storage> storages = new ArrayList<>();
    private final List<Succession> successions = new ArrayList<>();
    private final List<Weight> used = new ArrayList<>();
    private final Map<Storage, List<Tensor>> reordered = new HashMap<>();
    private final Map<ParameterKey, Gradient> gradients = new LinkedHashMap<>();
    private String operation = "";

    Tape(engine cpu, Weights weights, boolean training) {
        this.cpu = cpu;
        this.weights = weights;
        this.training = training;
    }

    Parameters parameters() {
        return weights.parameters();
    }

    /** In what convolutions read. */
    Precision precision() {
        return weights.precision();
    }

    engine cpu() {
        return cpu;
    }

    /** Whether a backward half follows, and layers behave as in training. */
    boolean isTraining() {
        return training;
    }

    /** Names, in a profile, what is written from here on. */
    void begin(String name) {
        operation = name;
    }

    /** A tensor of the plan. */
    Tensor tensor(memory.desc desc) {
        Storage storage = Storage.planned(desc.get_size());
        storages.add(storage);
        return new Tensor(desc, storage);
    }

    /** A weight in a layout of a primitive's choice; up to date whenever the plan runs. */
    Tensor weight(Weight weight, memory.desc desc) {
        used.add(weight);
        return weights.tensor(weight, desc);
    }

    /** Attributes with which every primitive is made: its scratch memory is the plan's. */
    static primitive_attr attributes(post_ops after) {
        primitive_attr attributes = new primitive_attr();
        attributes.set_scratchpad_mode(dnnl.scratchpad_mode.user);
        attributes.set_post_ops(after);
        return attributes;
    }

    static primitive_attr attributes() {
        return attributes(new post_ops());
    }

    /** Adds a primitive with its arguments, by oneDNN's numbers for them. */
    void call(primitive_desc_base description, primitive primitive, Map<Integer, Tensor> arguments) {
        call(description, primitive, arguments, false);
    }

    private void call(primitive_desc_base description, primitive primitive, Map<Integer, Tensor> arguments, boolean copies) {
        Map<Integer, Tensor> all = new HashMap<>(arguments);
        memory.desc scratch = description.scratchpad_desc();
        if (scratch.get_size() > 0) {
            all.put(dnnl.DNNL_ARG_SCRATCHPAD, tensor(scratch));
        }
        add(new Instruction.Call(operation + " " + description.impl_info_str().getString(), primitive, all, copies));
    }

    /** Adds something that Java computes. */
    void host(String what, List<Tensor> uses, Runnable body) {
        add(new Instruction.Host(operation + " " + what, uses, body));
    }

    private void add(Instruction instruction) {
        int index = instructions.size();
        instruction.uses().forEach(tensor -> tensor.storage().usedBy(index));
        instructions.add(instruction);
    }

    /** Lets what the last instruction wrote lie where something lay that it read, if nothing reads that later. */
    void mayReplace(Tensor successor, Tensor predecessor) {
        if (successor.hasLayout(predecessor.desc())) {
            successions.add(new Succession(instructions.size() - 1, successor, predecessor));
        }
    }

    /** The tensor in that layout: itself, or a reordered copy, made once. */
    Tensor as(Tensor tensor, memory.desc desc) {
        if (tensor.hasLayout(desc)) {
            return tensor;
        }
        List<Tensor> copies = reordered.computeIfAbsent(tensor.storage(), s -> new ArrayList<>());
        for (Tensor copy : copies) {
            if (copy.hasLayout(desc)) {
                return copy;
            }
        }
        Tensor copy = tensor(desc);
        copy(tensor, copy);
        copies.add(copy);
        return copy;
    }

    /** The tensor in C order. */
    Tensor plain(Tensor tensor) {
        return as(tensor, Shapes.plain(tensor.extents()));
    }

    /** Copies the numbers of one tensor into another of the same extents. */
    void copy(Tensor from, Tensor to) {
        Map<Integer, Tensor> arguments = Map.of(dnnl.DNNL_ARG_FROM, from, dnnl.DNNL_ARG_TO, to);
        if (from.hasLayout(to.desc()) && Shapes.isWhole(to.desc())) {
            // Blocks to the same blocks: for that reorder has its reference code alone, which takes three times as long.
            eltwise_forward.primitive_desc description = new eltwise_forward.primitive_desc(
                    new eltwise_forward.desc(dnnl.prop_kind.forward_inference, dnnl.algorithm.eltwise_linear, to.desc(), 1, 0), attributes(), cpu);
            call(description, new eltwise_forward(description), arguments, true);
        } else {
            reorder.primitive_desc description = new reorder.primitive_desc(cpu, from.desc(), cpu, to.desc(), attributes(), false);
            call(description, new reorder(description), arguments, true);
        }
        mayReplace(to, from);
    }

    /** Adds the numbers of one tensor to those of another of the same extents. */
    void add(Tensor from, Tensor to) {
        post_ops sum = new post_ops();
        sum.append_sum();
        reorder.primitive_desc description = new reorder.primitive_desc(cpu, from.desc(), cpu, to.desc(), attributes(sum), false);
        call(description, new reorder(description), Map.of(dnnl.DNNL_ARG_FROM, from, dnnl.DNNL_ARG_TO, to));
    }

    /** Gives the gradient of a parameter. */
    void gradient(ParameterKey parameter, Tensor tensor, long... shape) {
        gradients.put(parameter, new Gradient(tensor, shape));
    }

    Map<ParameterKey, Gradient> gradients() {
        return gradients;
    }

    List<Weight> weightsUsed() {
        return used;
    }

    List<Instruction> instructions() {
        return instructions;
    }

    /** The memory that it needs; nothing may be written after. */
    Arena arena() {
        for (Succession succession : successions) {
            succession.successor().storage().takePlaceOf(succession.predecessor().storage(), succession.instruction());
        }
        return Arena.of(storages);
    }
}
