package io.espalier.layers;

import java.util.Arrays;
import java.util.Collection;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.NoParamLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Puts a constant around images [batch, channels, height, width]: rows, columns and whole channels. Zeros in place of
 * channels are the shortcut "option A" of He et al., "Deep Residual Learning for Image Recognition", 2016.
 */
public final class ConstantPadding extends NoParamLayer {

    private static final long serialVersionUID = 1L;

    private final int[] rows;
    private final int[] columns;
    private final int[] channels;
    private final double value;

    /**
     * @param rows above and below, each at least 0
     * @param columns left and right, each at least 0
     * @param channels before and after, each at least 0
     * @param value what the new rows, columns and channels hold
     * @throws IllegalArgumentException when one of them is no such pair
     */
    public ConstantPadding(
            @JsonProperty("rows") int[] rows,
            @JsonProperty("columns") int[] columns,
            @JsonProperty("channels") int[] channels,
            @JsonProperty("value") double value) {
        this.rows = pair("rows", rows);
        this.columns = pair("columns", columns);
        this.channels = pair("channels", channels);
        this.value = value;
    }

    private static int[] pair(String what, int[] padding) {
        if (padding == null || padding.length != 2 || padding[0] < 0 || padding[1] < 0) {
            throw new IllegalArgumentException(
                    "padding of " + what + " is two numbers from 0, before and after, not " + Arrays.toString(padding));
        }
        return padding.clone();
    }

    /** Above and below. */
    public int[] getRows() {
        return rows.clone();
    }

    /** Left and right. */
    public int[] getColumns() {
        return columns.clone();
    }

    /** Before and after. */
    public int[] getChannels() {
        return channels.clone();
    }

    public double getValue() {
        return value;
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(
            NeuralNetConfiguration configuration, Collection<TrainingListener> listeners, int index, INDArray view,
            boolean initialise, DataType type) {
        ConstantPaddingLayer layer = new ConstantPaddingLayer(configuration, type);
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamTable(initializer().init(configuration, view, initialise));
        layer.setConf(configuration);
        return layer;
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        if (!(input instanceof InputType.InputTypeConvolutional maps)) {
            throw new IllegalStateException("layer '" + layerName + "' reads feature maps, not " + input);
        }
        return InputType.convolutional(
                maps.getHeight() + rows[0] + rows[1], maps.getWidth() + columns[0] + columns[1],
                maps.getChannels() + channels[0] + channels[1]);
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType input) {
        return null;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        return new LayerMemoryReport.Builder(layerName, ConstantPadding.class, input, getOutputType(-1, input))
                .standardMemory(0, 0)
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConstantPadding padding
                && Arrays.equals(rows, padding.rows)
                && Arrays.equals(columns, padding.columns)
                && Arrays.equals(channels, padding.channels)
                && Double.compare(value, padding.value) == 0
                && super.equals(other);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(new Object[] {rows, columns, channels, value});
    }
}
