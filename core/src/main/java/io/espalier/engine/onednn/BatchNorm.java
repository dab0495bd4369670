package io.espalier.engine.onednn;

import io.espalier.engine.ParameterKey;
import io.espalier.network.Node;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A batch norm that trains: normalises with the statistics of the batch and moves its running ones.
 *
 * @param node DL4J's layer with its parameters
 * @param trained those of them whose gradients are wanted
 */
record BatchNorm(Node node, Set<ParameterKey> trained) implements Operation {

    /** Scale and shift as one tensor: 2.5 refuses its own arguments for them apart. */
    private static final int FLAGS = dnnl.dnnl_use_scaleshift;

    @Override
    public Set<ParameterKey> trains() {
        return trained;
    }

    private BatchNormalization layer() {
        return node.layer(BatchNormalization.class).orElseThrow();
    }

    private ParameterKey key(String parameter) {
        return new ParameterKey(node.name(), parameter);
    }

    private ParameterKey gamma() {
        return key(BatchNormalizationParamInitializer.GAMMA);
    }

    private ParameterKey beta() {
        return key(BatchNormalizationParamInitializer.BETA);
    }

    /** [2, channels]: gamma, then beta. */
    private Weight scaleAndShift(long channels) {
        return layer().isLockGammaBeta()
                ? Weight.of(node.name() + "/locked", Set.of(), p -> stacked(
                        locked(layer().getGamma(), channels), locked(layer().getBeta(), channels)), 2, channels)
                : Weight.of(node.name() + "/gamma beta", Set.of(gamma(), beta()), p -> stacked(p.value(gamma()), p.value(beta())), 2, channels);
    }

    private static INDArray locked(double value, long channels) {
        return Nd4j.valueArrayOf(new long[] {channels}, value, DataType.FLOAT);
    }

    private static INDArray stacked(INDArray scale, INDArray shift) {
        return Nd4j.concat(0, scale.reshape(1, scale.length()), shift.reshape(1, shift.length()));
    }

    @Override
    public Forward forward(Tape tape, List<Tensor> inputs) {
        Tensor input = inputs.get(0);
        memory.desc perChannel = Shapes.plain(input.channels());
        float epsilon = (float) layer().getEps();
        batch_normalization_forward.primitive_desc description = new batch_normalization_forward.primitive_desc(
                new batch_normalization_forward.desc(prop_kind.forward_training.value, input.desc(), epsilon, FLAGS),
                Tape.attributes(), tape.cpu());
        memory.desc both = Shapes.plain(2, input.channels());
        Tensor scaleAndShift = tape.weight(scaleAndShift(input.channels()), both);
        Tensor mean = tape.tensor(perChannel);
        Tensor variance = tape.tensor(perChannel);
        Tensor output = tape.tensor(input.desc());
        tape.call(description, new batch_normalization_forward(description), Map.of(
                dnnl.DNNL_ARG_SRC, input,
                dnnl.DNNL_ARG_SCALE_SHIFT, scaleAndShift,
                dnnl.DNNL_ARG_MEAN, mean,
                dnnl.DNNL_ARG_VARIANCE, variance,
                dnnl.DNNL_ARG_DST, output));
        tape.host("running statistics", List.of(mean, variance), () -> moveStatistics(tape.parameters(), values(mean), values(variance)));
        return new Forward(output, (t, gradient, wanted) -> {
            Tensor dy = t.as(gradient, input.desc());
            batch_normalization_backward.primitive_desc backward = new batch_normalization_backward.primitive_desc(
                    new batch_normalization_backward.desc(prop_kind.backward.value, dy.desc(), input.desc(), epsilon, FLAGS),
                    Tape.attributes(), t.cpu(), description);
            Tensor dx = t.tensor(input.desc());
            Tensor ofBoth = t.tensor(both);
            Map<Integer, Tensor> arguments = new HashMap<>();
            arguments.put(dnnl.DNNL_ARG_SRC, input);
            arguments.put(dnnl.DNNL_ARG_MEAN, mean);
            arguments.put(dnnl.DNNL_ARG_VARIANCE, variance);
            arguments.put(dnnl.DNNL_ARG_SCALE_SHIFT, scaleAndShift);
            arguments.put(dnnl.DNNL_ARG_DIFF_DST, dy);
            arguments.put(dnnl.DNNL_ARG_DIFF_SRC, dx);
            arguments.put(dnnl.DNNL_ARG_DIFF_SCALE_SHIFT, ofBoth);
            t.call(backward, new batch_normalization_backward(backward), arguments);
            giveGradient(t, gamma(), ofBoth, 0);
            giveGradient(t, beta(), ofBoth, 1);
            return Arrays.asList(wanted.get(0) ? dx : null);
        });
    }

    private void giveGradient(Tape tape, ParameterKey key, Tensor ofBoth, int row) {
        if (trained.contains(key)) {
            Tensor own = Box.cut(tape, ofBoth, new long[] {1, ofBoth.extents()[1]}, new long[] {row, 0});
            tape.gradient(key, own, node.parameter(key.parameter()).shape());
        }
    }

    private static INDArray values(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.length())];
        tensor.read(values);
        return Nd4j.createFromArray(values);
    }

    /** As DL4J does: means and variances move by a share of 1 - decay towards those of the batch. */
    private void moveStatistics(Parameters parameters, INDArray mean, INDArray variance) {
        double decay = layer().getDecay();
        ParameterKey means = key(BatchNormalizationParamInitializer.GLOBAL_MEAN);
        parameters.set(means, moved(parameters.value(means), mean, decay));
        if (layer().isUseLogStd()) {
            ParameterKey logs = key(BatchNormalizationParamInitializer.GLOBAL_LOG_STD);
            parameters.set(logs, logarithms(parameters.value(logs), variance, decay));
        } else {
            ParameterKey variances = key(BatchNormalizationParamInitializer.GLOBAL_VAR);
            parameters.set(variances, moved(parameters.value(variances), variance, decay));
        }
    }

    private static INDArray moved(INDArray running, INDArray batch, double decay) {
        return running.mul(decay).addi(batch.mul(1 - decay).reshape(running.shape()));
    }

    /** Moves variances that are kept as the decimal logarithms of their roots. */
    private static INDArray logarithms(INDArray running, INDArray variance, double decay) {
        INDArray result = running.dup('c');
        for (long i = 0; i < result.length(); i++) {
            double before = Math.pow(10, 2 * running.getDouble(i));
            result.putScalar(i, Math.log10(decay * before + (1 - decay) * variance.getDouble(i)) / 2);
        }
        return result;
    }
}
