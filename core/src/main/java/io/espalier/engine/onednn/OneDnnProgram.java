package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import io.espalier.engine.TrainingException;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.bytedeco.dnnl.engine;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A network as oneDNN primitives; a plan for each batch size that comes. */
final class OneDnnProgram implements Program {

    /** Plans that are kept. A training needs three: its batch, a smaller last one, the batch of the validation. */
    private static final int PLANS = 6;

    private final engine cpu;
    private final Network network;
    private final Wanted wanted;
    private final Graph training;
    private final Graph predicting;
    private final Parameters parameters;
    private final Weights weights;
    private final Map<String, Plan> plans = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<ParameterKey, INDArray> gradients = new HashMap<>();

    OneDnnProgram(engine cpu, Network network, Wanted wanted) {
        this.cpu = cpu;
        this.network = network;
        this.wanted = wanted;
        wanted.gradients().forEach(key -> network.node(key.layer()).parameter(key.parameter()));
        this.training = wanted.gradients().isEmpty() ? null : Lowering.graph(network, wanted.gradients(), Set.of());
        this.predicting = Lowering.graph(network, Set.of(), Set.of());
        this.parameters = new Parameters(network);
        this.weights = new Weights(cpu, parameters);
    }

    @Override
    public INDArray predict(INDArray images) {
        INDArray prepared = prepared(images);
        Plan plan = plan("predict " + images.size(0),
                () -> Plan.predicting(cpu, weights, predicting, prepared.shape(), Set.of(predicting.output())));
        plan.predict(prepared);
        return result(plan, network.output(), predicting);
    }

    private static INDArray prepared(INDArray images) {
        INDArray floats = images.castTo(DataType.FLOAT);
        return floats.ordering() == 'c' && !floats.isView() ? floats : floats.dup('c');
    }

    private Plan plan(String key, Supplier<Plan> made) {
        Plan plan = plans.get(key);
        if (plan == null) {
            plan = made.get();
            plans.put(key, plan);
            dropEldest();
        }
        return plan;
    }

    private void dropEldest() {
        if (plans.size() > PLANS) {
            String eldest = plans.keySet().iterator().next();
            plans.remove(eldest).close();
        }
    }

    private INDArray result(Plan plan, String node, Graph graph) {
        String part = graph.places().get(node);
        long[] extents = plan.extents(part);
        boolean flat = network.outputTypes().get(node) instanceof InputType.InputTypeFeedForward;
        long[] shape = flat ? new long[] {extents[0], extents[1] * extents[2] * extents[3]} : extents;
        INDArray result = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
        if (graph.probabilities() && node.equals(network.output())) {
            double[][] probabilities = Softmax.of(plan.output(part), Math.toIntExact(shape[1]));
            result.data().setData(floats(probabilities));
        } else {
            plan.read(part, result);
        }
        return result;
    }

    private static float[] floats(double[][] values) {
        float[] floats = new float[values.length * values[0].length];
        int i = 0;
        for (double[] row : values) {
            for (double value : row) {
                floats[i++] = (float) value;
            }
        }
        return floats;
    }

    @Override
    public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
        layers.stream().filter(layer -> !network.has(layer)).findFirst().ifPresent(missing -> {
            throw new IllegalArgumentException("the network has no layer '" + missing + "'");
        });
        Graph graph = Lowering.graph(network, Set.of(), layers);
        INDArray prepared = prepared(images);
        Map<String, INDArray> observed = new HashMap<>();
        Set<String> parts = new HashSet<>();
        layers.forEach(layer -> parts.add(graph.places().get(layer)));
        Plan plan = plan("observe " + layers + images.size(0),
                () -> Plan.predicting(cpu, weights, graph, prepared.shape(), parts));
        plan.predict(prepared);
        layers.forEach(layer -> observed.put(layer, result(plan, layer, graph)));
        return observed;
    }

    @Override
    public Step step(INDArray images, INDArray labels) {
        if (training == null) {
            throw new TrainingException("this program only predicts: it was compiled without wanted gradients");
        }
        if (!training.probabilities()) {
            var last = network.node(network.output());
            throw new TrainingException("the network ends in layer '" + last.name() + "' (" + last.kind()
                    + "), which gives no class probabilities to train on; load it with head=new, which puts a softmax layer at its end");
        }
        INDArray prepared = prepared(images);
        Plan plan = plan("step " + images.size(0),
                () -> Plan.training(cpu, weights, training, prepared.shape(), wanted.classWeights()));
        double loss = plan.step(prepared, labels.castTo(DataType.FLOAT).dup('c').data().asFloat());
        Map<ParameterKey, INDArray> given = new TreeMap<>();
        for (ParameterKey key : wanted.gradients()) {
            INDArray gradient = gradients.computeIfAbsent(key, k -> Nd4j.createUninitialized(DataType.FLOAT, parameters.value(k).shape(), 'c'));
            plan.readGradient(key, gradient);
            given.put(key, gradient);
        }
        return new Step(loss, given);
    }

    @Override
    public INDArray get(ParameterKey parameter) {
        return parameters.value(parameter).dup('c');
    }

    @Override
    public void set(ParameterKey parameter, INDArray values) {
        parameters.set(parameter, values);
    }

    /** Nanoseconds of the instructions of one more training step like the last. */
    Map<String, Long> profile(String kind) {
        return plans.entrySet().stream().filter(e -> e.getKey().startsWith(kind)).findFirst().orElseThrow().getValue().profile();
    }

    @Override
    public void close() {
        plans.values().forEach(Plan::close);
        weights.close();
        parameters.close();
        gradients.values().forEach(INDArray::close);
    }

    @Override
    public String toString() {
        return "oneDNN program of " + network.output() + Arrays.toString(wanted.gradients().toArray());
    }
}
