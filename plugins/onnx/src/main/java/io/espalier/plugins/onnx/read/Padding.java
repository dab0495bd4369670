package io.espalier.plugins.onnx.read;

import io.espalier.layers.ConstantPadding;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;

/** Rows, columns and channels around a map. */
final class Padding {

    private Padding() {}

    /** The map with the window's padding of zeros around it, as a part before the operation's own. */
    static Feature zeros(Operation operation, Construction construction, Feature input, Window window) {
        return around(operation, construction, input, window, 0);
    }

    /** The same with a number that no maximum is. */
    static Feature lowest(Operation operation, Construction construction, Feature input, Window window) {
        return around(operation, construction, input, window, -Float.MAX_VALUE);
    }

    private static Feature around(Operation operation, Construction construction, Feature input, Window window, double value) {
        int[] before = window.before();
        int[] after = window.after();
        Extents extents = Construction.sound(operation, window.padded(input.extents()));
        Parts parts = construction.network();
        String name = parts.free(operation.output() + "-pad");
        Layer padding = layer(new int[] {before[0], after[0]}, new int[] {before[1], after[1]}, new int[2], value);
        parts.add(Part.layer(name, padding, input, extents, false));
        return new Feature(name, name, false, extents, Feature.MAP.stream().map(List::of).toList());
    }

    static Layer layer(int[] rows, int[] columns, int[] channels, double value) {
        return value == 0 && channels[0] + channels[1] == 0
                ? new ZeroPaddingLayer.Builder(rows[0], rows[1], columns[0], columns[1]).build()
                : new ConstantPadding(rows, columns, channels, value);
    }
}
