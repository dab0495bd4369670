package io.espalier.api;

import io.espalier.layers.BasisScalingConvolution;
import io.espalier.layers.ChannelAffine;
import io.espalier.layers.ChannelScaling;
import io.espalier.layers.Clip;
import io.espalier.layers.ConstantPadding;
import io.espalier.layers.Gate;
import io.espalier.layers.GroupedConvolution;
import io.espalier.layers.HardSigmoid;
import io.espalier.layers.HardSwish;
import io.espalier.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.pf4j.ExtensionPoint;

/**
 * Writes a network of standard layers.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
@Opens({
    BasisScalingConvolution.class, ChannelAffine.class, ChannelScaling.class, Clip.class, ConstantPadding.class, Gate.class,
    GroupedConvolution.class, HardSigmoid.class, HardSwish.class
})
public interface ModelWriter<O extends Record> extends ExtensionPoint {

    /** How the names of its files end, without a dot. */
    String extension();

    /**
     * @param network standard layers only
     * @param card what is to travel with it: preprocessing, classes, lineage, metrics; plain JSON values
     * @param file to be written; whoever calls moves it into place when it is whole
     */
    void write(Network network, Map<String, Object> card, Path file, O options) throws IOException;
}
