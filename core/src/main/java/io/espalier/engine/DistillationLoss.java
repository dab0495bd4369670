package io.espalier.engine;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.ops.transforms.Transforms;

/** {@link Distillation} for DL4J; its labels are [batch, 2 classes], see {@link Program#step}. Gradients are sums over the batch. */
final class DistillationLoss implements ILossFunction {

    private static final long serialVersionUID = 1L;

    /** What DL4J's cross-entropy holds probabilities apart from 0 by. */
    private static final double SMALLEST = 1e-10;

    private final double share;
    private final double temperature;
    private final INDArray classWeights;

    /** @param classWeights [1, classes] */
    DistillationLoss(Distillation distillation, INDArray classWeights) {
        this.share = distillation.share();
        this.temperature = distillation.temperature();
        this.classWeights = classWeights;
    }

    @Override
    public double computeScore(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        double sum = computeScoreArray(labels, preOutput, activation, mask).sumNumber().doubleValue();
        return average ? sum / preOutput.size(0) : sum;
    }

    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray hard = divergence(labels(labels, preOutput), Transforms.softmax(preOutput, true));
        INDArray soft = divergence(answers(labels, preOutput), Transforms.softmax(preOutput.div(temperature), true));
        return hard.muli(1 - share).addi(soft.muli(share * temperature * temperature));
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
        INDArray hard = slope(labels(labels, preOutput), Transforms.softmax(preOutput, true));
        INDArray soft = slope(answers(labels, preOutput), Transforms.softmax(preOutput.div(temperature), true));
        return hard.muli(1 - share).addi(soft.muli(share * temperature));
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(
            INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
        return new Pair<>(computeScore(labels, preOutput, activation, mask, average), computeGradient(labels, preOutput, activation, mask));
    }

    private INDArray divergence(INDArray target, INDArray given) {
        INDArray logs = logarithm(target).subi(logarithm(given));
        return logs.muli(target).muliRowVector(classWeights.castTo(target.dataType())).sum(true, 1);
    }

    private static INDArray logarithm(INDArray probabilities) {
        return Transforms.log(Transforms.max(probabilities, SMALLEST, true), false);
    }

    private INDArray slope(INDArray target, INDArray given) {
        INDArray weighted = target.mulRowVector(classWeights.castTo(target.dataType()));
        return given.mulColumnVector(weighted.sum(true, 1)).subi(weighted);
    }

    private static INDArray labels(INDArray packed, INDArray preOutput) {
        return packed.get(NDArrayIndex.all(), NDArrayIndex.interval(0, preOutput.size(1))).castTo(preOutput.dataType());
    }

    private static INDArray answers(INDArray packed, INDArray preOutput) {
        return packed.get(NDArrayIndex.all(), NDArrayIndex.interval(preOutput.size(1), 2 * preOutput.size(1))).castTo(preOutput.dataType());
    }

    @Override
    public String name() {
        return "distillation";
    }
}
