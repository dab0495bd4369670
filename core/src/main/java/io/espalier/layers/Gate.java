package io.espalier.layers;

import java.util.Arrays;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InvalidInputTypeException;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Feature maps x [batch, channels, height, width] times a gate g: one factor for each channel ([batch, channels, 1, 1] or
 * [batch, channels]), for each place ([batch, 1, height, width]) or for each number. x is the first input, g the second.
 * Source: Hu, Shen, Sun, "Squeeze-and-Excitation Networks", 2018.
 */
public final class Gate extends GraphVertex {

    private static final long serialVersionUID = 1L;

    @Override
    public Gate clone() {
        return new Gate();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Gate;
    }

    @Override
    public int hashCode() {
        return Gate.class.hashCode();
    }

    @Override
    public long numParams(boolean backprop) {
        return 0;
    }

    @Override
    public int minVertexInputs() {
        return 2;
    }

    @Override
    public int maxVertexInputs() {
        return 2;
    }

    @Override
    public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
            ComputationGraph graph, String name, int index, INDArray parameters, boolean initialise, DataType type) {
        return new GateVertex(graph, name, index, type);
    }

    @Override
    public InputType getOutputType(int index, InputType... inputs) throws InvalidInputTypeException {
        if (inputs.length != 2 || !(inputs[0] instanceof InputType.InputTypeConvolutional maps) || !opens(maps, inputs[1])) {
            throw new InvalidInputTypeException("a gate takes feature maps and a factor for each channel, place or number of them, not "
                    + Arrays.toString(inputs));
        }
        return maps;
    }

    private static boolean opens(InputType.InputTypeConvolutional maps, InputType gate) {
        if (gate instanceof InputType.InputTypeFeedForward flat) {
            return flat.getSize() == maps.getChannels();
        }
        return gate instanceof InputType.InputTypeConvolutional factors
                && (factors.getChannels() == 1 || factors.getChannels() == maps.getChannels())
                && (factors.getHeight() == 1 || factors.getHeight() == maps.getHeight())
                && (factors.getWidth() == 1 || factors.getWidth() == maps.getWidth());
    }

    @Override
    public MemoryReport getMemoryReport(InputType... inputs) {
        return new LayerMemoryReport.Builder(null, Gate.class, inputs[0], getOutputType(-1, inputs))
                .standardMemory(0, 0)
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }
}
