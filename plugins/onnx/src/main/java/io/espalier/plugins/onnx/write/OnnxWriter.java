package io.espalier.plugins.onnx.write;

import io.espalier.api.ModelCard;
import io.espalier.api.ModelWriter;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.network.Network;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import onnx.Onnx;
import org.pf4j.Extension;

/**
 * Writes standard ONNX operators, for any number of images. Input and output keep their names; the model card travels as
 * metadata, so that whoever has the file knows how images come to it and where it comes from. The same network and card
 * give the same bytes.
 */
@Extension
@Named(value = "onnx", doc = "An ONNX file of standard operators (opset 17), with the model card as metadata.")
public final class OnnxWriter implements ModelWriter<OnnxWriter.Options> {

    /** The first that PyTorch's exporters and every current runtime know, and the IR version of its time. */
    private static final int OPSET = 17;
    private static final int IR_VERSION = 8;

    private static final String PRODUCER = "espalier";

    public record Options(
            @Option(doc = "auto: logits or probabilities, as the file that the network came from; logits: without the last softmax;"
                    + " probabilities: with it", defaultValue = "auto") NetworkEnd.Output output) {}

    @Override
    public String extension() {
        return "onnx";
    }

    @Override
    public void write(Network network, Map<String, Object> card, Path file, Options options) throws IOException {
        NetworkWriter writer = new NetworkWriter(network, NetworkEnd.of(network, options.output()));
        OnnxGraph graph = writer.write();
        Onnx.GraphProto operators = graph.withoutConstants(PRODUCER, writer.input(), writer.output());
        new OnnxFile(model(network, card), operators, graph.constants()).write(file);
    }

    private static Onnx.ModelProto model(Network network, Map<String, Object> card) throws IOException {
        Onnx.ModelProto.Builder model = Onnx.ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName(PRODUCER)
                .setProducerVersion(version());
        model.addOpsetImportBuilder().setDomain("").setVersion(OPSET);
        model.addMetadataPropsBuilder().setKey(PRODUCER).setValue(ModelCard.text(network, card));
        return model.build();
    }

    private static String version() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = OnnxWriter.class.getResourceAsStream("producer.properties")) {
            properties.load(in);
        }
        return properties.getProperty("version");
    }
}
