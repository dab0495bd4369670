package io.espalier.plugins.models;

import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Pretrained;
import io.espalier.data.Normalisation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.pf4j.Extension;

/** Makes an untrained network from a description of its layers, to be trained from scratch. */
@Extension
@Named(value = "architecture", doc = "An untrained network from a JSON description of its layers.")
public final class ArchitectureReader implements ModelReader<ArchitectureReader.Options> {

    private static final int PREFIX = 1 << 16;

    /**
     * How the network is initialised.
     *
     * @param seed of the random weights
     */
    public record Options(@Option(doc = "seed of the random initial weights", defaultValue = "1") long seed) {}

    @Override
    public boolean accepts(Path file) throws IOException {
        String text = new String(Prefix.of(file, PREFIX), StandardCharsets.UTF_8).stripLeading();
        return text.startsWith("{") && text.contains("\"layers\"");
    }

    @Override
    public Pretrained read(Path file, Options options) throws IOException {
        Architecture architecture = ArchitectureFile.read(file);
        int channels = architecture.input().channels();
        architecture.normalisation().filter(n -> !n.serves(channels)).ifPresent(n -> {
            throw new InputException(file + ": its normalisation has " + n.mean().size() + " means and " + n.deviation().size()
                    + " deviations, but its images have " + channels + " channels; give one of each, or one per channel");
        });
        return new Pretrained(
                new Initialisation(architecture, options.seed()).graph(),
                channels,
                Optional.of(architecture.input()),
                architecture.normalisation(),
                Optional.empty(),
                Normalisation.UNIT,
                Optional.empty());
    }
}
