package io.espalier.plugins.models;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Layers whose weights are found in a file by name, as the applications put them together. */
final class WeightedLayers {

    private final KerasOperations operations;
    private final KerasWeights weights;
    private final Set<String> used = new HashSet<>();

    WeightedLayers(KerasOperations operations, KerasWeights weights) {
        this.operations = operations;
        this.weights = weights;
    }

    KerasOperations operations() {
        return operations;
    }

    /** Names of the layers in the file. */
    Set<String> names() {
        return weights.layers();
    }

    /** Whose weights have been taken. */
    Set<String> used() {
        return used;
    }

    LayerWeights weights(String name) {
        used.add(name);
        return weights.of(name);
    }

    KerasTensor convolution(String name, KerasTensor x, Window window) {
        return convolution(name, x, window, new ActivationIdentity());
    }

    KerasTensor convolution(String name, KerasTensor x, Window window, IActivation activation) {
        LayerWeights own = kernelAndBias(name, "a kernel");
        INDArray kernel = own.array(0, "kernel", window.kernel()[0], window.kernel()[1], x.channels(), LayerWeights.ANY);
        return operations.convolution(name, x, kernel, bias(own, (int) kernel.size(3)), window, 1, activation);
    }

    KerasTensor depthwise(String name, KerasTensor x, Window window) {
        LayerWeights own = kernelAndBias(name, "a depthwise kernel");
        INDArray kernel = own.array(0, "kernel", window.kernel()[0], window.kernel()[1], x.channels(), 1);
        return operations.depthwise(name, x, kernel, bias(own, x.channels()), window, new ActivationIdentity());
    }

    KerasTensor dense(String name, KerasTensor x, IActivation activation) {
        LayerWeights own = kernelAndBias(name, "a kernel");
        INDArray kernel = own.array(0, "kernel", x.length(), LayerWeights.ANY);
        return operations.dense(name, x, kernel, bias(own, (int) kernel.size(1)), activation);
    }

    private LayerWeights kernelAndBias(String name, String what) {
        LayerWeights own = weights(name);
        return own.number() == 1 ? own : own.require(2, what + " and a bias");
    }

    private static Optional<INDArray> bias(LayerWeights own, int length) {
        return own.number() == 1 ? Optional.empty() : Optional.of(own.array(1, "bias", length));
    }

    KerasTensor batchNorm(String name, KerasTensor x, double epsilon) {
        LayerWeights own = weights(name).require(4, "gamma, beta, mean and variance");
        return operations.batchNorm(
                name, x, Optional.of(own.array(0, "gamma", x.channels())), Optional.of(own.array(1, "beta", x.channels())),
                own.array(2, "mean", x.channels()), own.array(3, "variance", x.channels()), epsilon);
    }

    KerasTensor relu(String name, KerasTensor x) {
        return operations.activation(name, x, new ActivationReLU());
    }

    KerasTensor maxPooling(String name, KerasTensor x, int size, int stride) {
        return operations.pooling(name, x, PoolingType.MAX, Window.square(size, stride, false));
    }

    KerasTensor padding(String name, KerasTensor x, int side) {
        return operations.padding(name, x, new int[] {side, side}, new int[] {side, side});
    }

    /** Global average and dense layer with softmax, if the file has them. */
    KerasTensor top(String pooling, KerasTensor x) {
        Optional<String> top = KerasApplication.TOPS.stream().filter(names()::contains).findFirst();
        return top.map(name -> dense(
                        name, operations.globalPooling(pooling, x, PoolingType.AVG, KerasTensor.Form.VECTOR), new ActivationSoftmax()))
                .orElse(x);
    }

    /** The one of several names that the file has; the first if it has none. */
    String named(String... names) {
        List<String> all = Arrays.asList(names);
        return all.stream().filter(names()::contains).findFirst().orElse(all.get(0));
    }
}
