package io.espalier.plugins.models;

import io.espalier.api.ModelCard;
import io.espalier.api.ModelWriter;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.network.Network;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.factory.Nd4j;
import org.pf4j.Extension;

/**
 * Writes what {@code ModelSerializer.restoreComputationGraph} reads, without an updater's state, and the model card as
 * one more entry, which DL4J passes over. The same network and card give the same bytes: {@code ModelSerializer} itself
 * would write the time of day into the zip, and DL4J's configurations hold a seed that is by default the time.
 */
@Extension
@Named(value = "dl4j", doc = "A DL4J zip of standard layers, with a model card inside.")
public final class Dl4jWriter implements ModelWriter<NoOptions> {

    /** The first that a zip can say. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    @Override
    public String extension() {
        return "zip";
    }

    @Override
    public void write(Network network, Map<String, Object> card, Path file, NoOptions options) throws IOException {
        String configuration = ModelText.of(network.configuration());
        ModelText.requireStandard(configuration);
        ComputationGraph graph = network.graph();
        String text = ModelCard.text(network, card);
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            begin(zip, Dl4jZip.CONFIGURATION);
            zip.write(configuration.getBytes(StandardCharsets.UTF_8));
            begin(zip, Dl4jZip.COEFFICIENTS);
            DataOutputStream numbers = new DataOutputStream(new BufferedOutputStream(zip));
            Nd4j.write(graph.params(), numbers);
            numbers.flush();
            begin(zip, Dl4jZip.CARD);
            zip.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void begin(ZipOutputStream zip, String name) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        zip.putNextEntry(entry);
    }
}
