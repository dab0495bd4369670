package io.espalier.api;

import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.Split;
import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.BatchNormSplit;
import io.espalier.network.Network;
import io.espalier.network.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A candidate's network, looked at with the images that it may learn from. */
record TrainingImages(Candidate candidate, StageContext context) implements CriterionContext {

    @Override
    public Network network() {
        return candidate.network();
    }

    @Override
    public INDArray samples(int count) {
        int size = candidate.dataset().train().size();
        if (count < 1 || count > size) {
            throw new InputException(count + " training images were asked for, there are " + size);
        }
        try (Batches batches = batches(count, count); Batch batch = batches.next().orElseThrow()) {
            return batch.images().dup();
        }
    }

    @Override
    public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
        try (Program program = context.engine().compile(network(), Wanted.PREDICTIONS)) {
            return program.observe(layers, images);
        }
    }

    @Override
    public void observe(Set<String> layers, int images, int batch, Consumer<Map<String, INDArray>> each) {
        try (Program program = context.engine().compile(network(), Wanted.PREDICTIONS)) {
            forEach(images, batch, one -> {
                Map<String, INDArray> observed = program.observe(layers, one.images());
                each.accept(observed);
                observed.values().stream().filter(INDArray::closeable).forEach(INDArray::close);
            });
        }
    }

    @Override
    public void gradients(Set<ParameterKey> parameters, int images, int batch, Consumer<Map<ParameterKey, INDArray>> each) {
        List<String> norms = BatchNormSplit.splittable(
                network(), parameters.stream().map(ParameterKey::layer).collect(Collectors.toSet()));
        Map<ParameterKey, ParameterKey> computed = new TreeMap<>();
        parameters.forEach(key -> computed.put(key, norms.contains(key.layer()) ? ofSplit(key) : fixed(key)));
        Wanted wanted = new Wanted(Set.copyOf(computed.values()), List.of());
        try (Program program = context.engine().compile(BatchNormSplit.split(network(), norms), wanted)) {
            forEach(images, batch, one -> {
                Map<ParameterKey, INDArray> found = program.step(one.images(), one.labels()).gradients();
                Map<ParameterKey, INDArray> gradients = new LinkedHashMap<>();
                computed.forEach((key, of) -> gradients.put(key, shaped(found.get(of), key)));
                each.accept(gradients);
            });
        }
    }

    /** An engine trains a batch norm on the statistics of its batches, so gamma and beta are made a layer of their own. */
    private static ParameterKey ofSplit(ParameterKey key) {
        return switch (key.parameter()) {
            case BatchNormalizationParamInitializer.GAMMA -> new ParameterKey(key.layer(), ConvolutionParamInitializer.WEIGHT_KEY);
            case BatchNormalizationParamInitializer.BETA -> new ParameterKey(key.layer(), ConvolutionParamInitializer.BIAS_KEY);
            default -> throw new IllegalArgumentException("'" + key + "' is a statistic, which has no gradient");
        };
    }

    private ParameterKey fixed(ParameterKey key) {
        Node node = network().node(key.layer());
        if (node.layer(BatchNormalization.class).isPresent()) {
            throw new IllegalArgumentException("there is no gradient of '" + key + "' with fixed statistics: it normalises no feature maps");
        }
        return key;
    }

    private INDArray shaped(INDArray gradient, ParameterKey key) {
        long[] shape = network().node(key.layer()).parameter(key.parameter()).shape();
        return Arrays.equals(gradient.shape(), shape) ? gradient : gradient.reshape('c', shape);
    }

    private void forEach(int images, int batch, Consumer<Batch> each) {
        try (Batches batches = batches(images, batch)) {
            for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
                context.checkInterrupted();
                try (Batch one = next.get()) {
                    each.accept(one);
                }
            }
        }
    }

    private Batches batches(int images, int batch) {
        Split train = candidate.dataset().train();
        if (train.size() == 0) {
            throw new InputException("there are no training images to look at; load the network with data=");
        }
        List<Integer> order = new ArrayList<>(IntStream.range(0, train.size()).boxed().toList());
        Collections.shuffle(order, context.random("samples"));
        Split chosen = train.select(order.stream().limit(images).mapToInt(Integer::intValue).toArray());
        var preprocessing = network().preprocessing();
        return Batches.inOrder(
                chosen, preprocessing.input().channels(), preprocessing.normalisation(), network().classes().size(), batch);
    }

    @Override
    public Random random(String group) {
        return context.random("criterion " + group);
    }
}
