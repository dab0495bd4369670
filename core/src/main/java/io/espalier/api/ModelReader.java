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
import java.io.IOException;
import java.nio.file.Path;
import org.pf4j.ExtensionPoint;

/**
 * Reads a pretrained network.
 *
 * @param <O> options record, its components annotated with {@link Option}
 */
@Stability(Stability.Level.STABLE)
@Opens({
    BasisScalingConvolution.class, ChannelAffine.class, ChannelScaling.class, Clip.class, ConstantPadding.class, Gate.class,
    GroupedConvolution.class, HardSigmoid.class, HardSwish.class
})
public interface ModelReader<O extends Record> extends ExtensionPoint {

    /** Whether the file looks like this format, told from its content (magic number) rather than its name. */
    boolean accepts(Path file) throws IOException;

    /** @throws InputException when the file is damaged or holds what cannot be read; names file and mend */
    Pretrained read(Path file, O options) throws IOException;
}
