package io.espalier.engine;

import io.espalier.ForwardingProgram;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Network;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The DL4J engine; of every step it sums (v g)^2 of the factors and keeps what the values should be after plain descent. */
final class RecordingEngine implements Engine {

    private final Engine engine = new Dl4jEngine();
    private final double learningRate;
    private final double penalty;
    private final Map<String, double[]> importance = new TreeMap<>();
    private final Map<ParameterKey, double[]> descended = new TreeMap<>();

    /** @param penalty of factors, on their signs */
    RecordingEngine(double learningRate, double penalty) {
        this.learningRate = learningRate;
        this.penalty = penalty;
    }

    /** Sums over all steps, by layer. */
    Map<String, double[]> importance() {
        return importance;
    }

    /** Values by plain descent, in float64 from the first step on. */
    Map<ParameterKey, double[]> descended() {
        return descended;
    }

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public String fingerprint() {
        return engine.fingerprint();
    }

    @Override
    public Program compile(Network network, Wanted wanted) {
        return new Recorded(engine.compile(network, wanted));
    }

    private final class Recorded extends ForwardingProgram {

        Recorded(Program program) {
            super(program);
        }

        @Override
        public Step step(INDArray images, INDArray labels) {
            Step step = super.step(images, labels);
            step.gradients().forEach((key, gradient) -> {
                double[] g = gradient.castTo(DataType.DOUBLE).dup('c').data().asDouble();
                double[] value = get(key).castTo(DataType.DOUBLE).dup('c').data().asDouble();
                record(key, value, g);
            });
            return step;
        }

        private void record(ParameterKey key, double[] value, double[] gradient) {
            boolean factor = key.parameter().equals(BasisScalingConvolution.FACTORS);
            double[] after = descended.computeIfAbsent(key, k -> value.clone());
            for (int i = 0; i < value.length; i++) {
                if (factor) {
                    double[] sums = importance.computeIfAbsent(key.layer(), layer -> new double[value.length]);
                    sums[i] += value[i] * gradient[i] * value[i] * gradient[i];
                }
                after[i] -= learningRate * (gradient[i] + (factor ? penalty * Math.signum(value[i]) : 0));
            }
        }
    }
}
