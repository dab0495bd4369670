package io.espalier.engine.onednn;

import io.espalier.data.ImageShape;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Precision;
import io.espalier.engine.Program;
import io.espalier.engine.TrainingException;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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
    private final Map<String, InputType> types;
    private final Map<Set<String>, Graph> observing = new HashMap<>();
    private final Parameters parameters;
    private final Weights weights;
    private final Scratch scratch = new Scratch();
    private final Map<PlanKey, Plan> plans = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<ParameterKey, INDArray> gradients = new HashMap<>();

    OneDnnProgram(engine cpu, Network network, Wanted wanted, Precision precision) {
        this.cpu = cpu;
        this.network = network;
        this.wanted = wanted;
        wanted.gradients().forEach(key -> network.node(key.layer()).parameter(key.parameter()));
        this.training = wanted.gradients().isEmpty() ? null : Lowering.graph(network, wanted.gradients(), Set.of());
        this.predicting = wanted.gradients().isEmpty() ? Lowering.fixed(network) : Lowering.graph(network, Set.of(), Set.of());
        this.types = network.outputTypes();
        this.parameters = new Parameters(network);
        this.weights = new Weights(cpu, parameters, precision);
    }

    /**
     * What a plan is for.
     *
     * @param purpose what it does
     * @param layers nodes whose outputs it gives, for an observation
     * @param batch images
     */
    private record PlanKey(Purpose purpose, Set<String> layers, long batch) {

        enum Purpose {
            PREDICT,
            OBSERVE,
            STEP
        }

        static PlanKey of(Purpose purpose, INDArray images) {
            return new PlanKey(purpose, Set.of(), images.size(0));
        }
    }

    @Override
    public INDArray predict(INDArray images) {
        INDArray prepared = prepared(images);
        Plan plan = plan(PlanKey.of(PlanKey.Purpose.PREDICT, prepared),
                () -> Plan.predicting(cpu, weights, scratch, predicting, prepared.shape(), Set.of(predicting.output())));
        plan.predict(prepared);
        return result(plan, network.output(), predicting);
    }

    private static INDArray prepared(INDArray array) {
        INDArray floats = array.castTo(DataType.FLOAT);
        return floats.ordering() == 'c' && !floats.isView() ? floats : floats.dup('c');
    }

    private Plan plan(PlanKey key, Supplier<Plan> made) {
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
            PlanKey eldest = plans.keySet().iterator().next();
            plans.remove(eldest).close();
        }
    }

    private INDArray result(Plan plan, String node, Graph graph) {
        String part = graph.places().get(node);
        long[] extents = plan.extents(part);
        boolean flat = types.get(node) instanceof InputType.InputTypeFeedForward;
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
        Graph graph = observing.computeIfAbsent(Set.copyOf(layers), kept -> Lowering.graph(network, Set.of(), kept));
        INDArray prepared = prepared(images);
        Set<String> parts = new HashSet<>();
        layers.forEach(layer -> parts.add(graph.places().get(layer)));
        Plan plan = plan(new PlanKey(PlanKey.Purpose.OBSERVE, Set.copyOf(layers), prepared.size(0)),
                () -> Plan.predicting(cpu, weights, scratch, graph, prepared.shape(), parts));
        plan.predict(prepared);
        Map<String, INDArray> observed = new HashMap<>();
        layers.forEach(layer -> observed.put(layer, result(plan, layer, graph)));
        return observed;
    }

    @Override
    public Optional<Footprint> prepare(int batch) {
        requireLoss();
        ImageShape image = network.preprocessing().input();
        Plan plan = plan(new PlanKey(PlanKey.Purpose.STEP, Set.of(), batch), () -> training(batch, image.channels(), image.height(), image.width()));
        return Optional.of(new Footprint(plan.bytes(), weights.bytes()));
    }

    private Plan training(long... images) {
        return Plan.training(cpu, weights, scratch, training, images, wanted);
    }

    private void requireLoss() {
        if (training == null) {
            throw new TrainingException("this program only predicts: it was compiled without wanted gradients");
        }
        if (!training.probabilities()) {
            Node last = network.node(network.output());
            throw new TrainingException("the network ends in layer '" + last.name() + "' (" + last.kind()
                    + "), which gives no class probabilities to train on; load it with head=new, which puts a softmax layer at its end");
        }
    }

    @Override
    public Step step(INDArray images, INDArray labels) {
        requireLoss();
        INDArray prepared = prepared(images);
        Plan plan = plan(PlanKey.of(PlanKey.Purpose.STEP, prepared), () -> training(prepared.shape()));
        double loss = plan.step(prepared, prepared(labels).data().asFloat());
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

    /** Nanoseconds of each instruction of the plans, run as they last did, by what the plan is for. */
    Map<String, Map<String, Long>> profile() {
        Map<String, Map<String, Long>> profiles = new TreeMap<>();
        plans.forEach((key, plan) -> profiles.put(key.toString(), plan.profile()));
        return profiles;
    }

    @Override
    public void close() {
        plans.values().forEach(Plan::close);
        weights.close();
        parameters.close();
        gradients.values().forEach(INDArray::close);
    }
}
