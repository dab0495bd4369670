package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.engine.Wanted;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A graph ready to run for one batch size. Its results are read before another plan of its program runs, which may share its memory. */
final class Plan implements AutoCloseable {

    /** What a run reads. */
    private static final class Feed {

        private INDArray images;
        private float[] labels;
        private double loss;
    }

    private final PointerScope scope;
    private final stream stream;
    private final Weights weights;
    private final List<Weight> used;
    private final List<Instruction> instructions;
    private final Map<String, Tensor> outputs;
    private final Map<ParameterKey, Tape.Gradient> gradients;
    private final Feed feed;
    private final long bytes;
    private final Scratch.Block block;

    private Plan(
            String what, PointerScope scope, engine cpu, Weights weights, Scratch scratch, Tape tape, Map<String, Tensor> outputs, Feed feed,
            Arena arena) {
        this.scope = scope;
        this.stream = new stream(cpu);
        this.weights = weights;
        this.used = List.copyOf(new HashSet<>(tape.weightsUsed()));
        this.instructions = List.copyOf(tape.instructions());
        this.outputs = outputs;
        this.gradients = tape.gradients();
        this.feed = feed;
        this.bytes = arena.bytes();
        if (!scratch.has(arena.room())) {
            Budget.now().require(what, bytes, weights.bytes());
        }
        this.block = scratch.take(arena.room());
        try {
            arena.lieIn(block.memory());
            instructions.forEach(instruction -> instruction.bind(cpu));
        } catch (RuntimeException | Error e) {
            block.release();
            throw e;
        }
        // Kept past the end of the block that it was opened for: what was made in it is freed with the plan.
        scope.extend();
    }

    /**
     * A plan that predicts.
     *
     * @param images extents of the input
     * @param wanted parts whose outputs are read after a run
     */
    static Plan predicting(engine cpu, Weights weights, Scratch scratch, Graph graph, long[] images, Set<String> wanted) {
        try (PointerScope scope = new PointerScope()) {
            Tape tape = new Tape(cpu, weights, false);
            Feed feed = new Feed();
            Map<String, Tensor> values = forward(tape, graph, images, feed, new ArrayList<>());
            Map<String, Tensor> outputs = new HashMap<>();
            wanted.forEach(name -> outputs.put(name, tape.plain(values.get(name))));
            keep(tape, outputs.values());
            return new Plan("a prediction of " + images[0] + " images", scope, cpu, weights, scratch, tape, outputs, feed, tape.arena());
        }
    }

    /**
     * A plan of a training step.
     *
     * @param images extents of the input
     * @param wanted says which loss
     */
    static Plan training(engine cpu, Weights weights, Scratch scratch, Graph graph, long[] images, Wanted wanted) {
        try (PointerScope scope = new PointerScope()) {
            Tape tape = new Tape(cpu, weights, true);
            Feed feed = new Feed();
            List<Operation.Forward> forwards = new ArrayList<>();
            Map<String, Tensor> values = forward(tape, graph, images, feed, forwards);
            Tensor scores = tape.plain(values.get(graph.output()));
            Map<String, Tensor> flowing = new HashMap<>();
            flowing.put(graph.output(), loss(tape, scores, wanted, feed));
            backward(tape, graph, forwards, flowing);
            keep(tape, tape.gradients().values().stream().map(Tape.Gradient::tensor).toList());
            return new Plan("a training step of " + images[0] + " images", scope, cpu, weights, scratch, tape, Map.of(), feed, tape.arena());
        }
    }

    private static Map<String, Tensor> forward(Tape tape, Graph graph, long[] images, Feed feed, List<Operation.Forward> forwards) {
        Map<String, Tensor> values = new HashMap<>();
        Tensor input = tape.tensor(Shapes.plain(images));
        tape.begin(graph.input());
        tape.host("images", List.of(input), () -> copy(feed.images, input));
        values.put(graph.input(), input);
        for (Graph.Part part : graph.parts()) {
            tape.begin(part.name());
            Operation.Forward forward = part.operation().forward(tape, part.inputs().stream().map(values::get).toList());
            values.put(part.name(), forward.output());
            forwards.add(forward);
        }
        return values;
    }

    private static void copy(INDArray from, Tensor to) {
        Pointer.memcpy(to.storage().place(), from.data().addressPointer(), from.length() * Float.BYTES);
    }

    private static Tensor loss(Tape tape, Tensor scores, Wanted wanted, Feed feed) {
        Tensor gradient = tape.tensor(scores.desc());
        int classes = Math.toIntExact(scores.channels());
        float[] numbers = new float[Math.toIntExact(scores.length())];
        float[] gradients = new float[numbers.length];
        tape.begin("loss");
        tape.host("cross-entropy", List.of(scores, gradient), () -> {
            scores.read(numbers);
            feed.loss = Softmax.loss(numbers, classes, feed.labels, wanted, gradients);
            gradient.write(gradients);
        });
        return gradient;
    }

    private static void backward(Tape tape, Graph graph, List<Operation.Forward> forwards, Map<String, Tensor> flowing) {
        Set<String> active = graph.active();
        for (int i = graph.parts().size() - 1; i >= 0; i--) {
            Graph.Part part = graph.parts().get(i);
            Tensor gradient = flowing.remove(part.name());
            if (gradient == null || !active.contains(part.name())) {
                continue;
            }
            tape.begin(part.name() + " backward");
            List<Boolean> wanted = part.inputs().stream().map(active::contains).toList();
            if (part.operation().trains().isEmpty() && !wanted.contains(true)) {
                continue;
            }
            List<Tensor> further = forwards.get(i).backward().write(tape, gradient, wanted);
            for (int j = 0; j < further.size(); j++) {
                if (wanted.get(j)) {
                    flowing.merge(part.inputs().get(j), further.get(j), (a, b) -> Binary.sum(tape, a, tape.as(b, a.desc())));
                }
            }
        }
    }

    /** Lets tensors still be there when everything else has run. */
    private static void keep(Tape tape, Collection<Tensor> tensors) {
        tape.host("results", List.copyOf(tensors), () -> {});
    }

    private void run() {
        weights.refresh(used, stream);
        instructions.forEach(instruction -> instruction.run(stream));
        stream._wait();
    }

    /** Runs it; what was wanted can be read afterwards. */
    void predict(INDArray images) {
        feed.images = images;
        run();
    }

    /** Runs it and gives the loss; the gradients can be read afterwards. */
    double step(INDArray images, float[] labels) {
        feed.images = images;
        feed.labels = labels;
        run();
        return feed.loss;
    }

    /** The numbers of an output of the last run, in C order. */
    float[] output(String name) {
        return numbers(outputs.get(name));
    }

    private static float[] numbers(Tensor tensor) {
        float[] numbers = new float[Math.toIntExact(tensor.length())];
        tensor.read(numbers);
        return numbers;
    }

    long[] extents(String name) {
        return outputs.get(name).extents();
    }

    /** Copies an output of the last run. */
    void read(String name, INDArray target) {
        copy(outputs.get(name), target);
    }

    private static void copy(Tensor from, INDArray to) {
        Pointer.memcpy(to.data().addressPointer(), from.storage().place(), to.length() * Float.BYTES);
    }

    Set<ParameterKey> gradients() {
        return gradients.keySet();
    }

    /** Copies a gradient of the last run. */
    void readGradient(ParameterKey parameter, INDArray target) {
        copy(gradients.get(parameter).tensor(), target);
    }

    /** Memory for everything between the layers. */
    long bytes() {
        return bytes;
    }

    /** Runs it as {@link #step} or {@link #predict} last did, and gives the nanoseconds of each instruction. */
    Map<String, Long> profile() {
        Map<String, Long> times = new LinkedHashMap<>();
        for (Instruction instruction : instructions) {
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            instruction.run(stream);
            times.merge(instruction.description(), ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start, Long::sum);
        }
        return times;
    }

    @Override
    public void close() {
        scope.close();
        block.release();
    }
}
