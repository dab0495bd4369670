package io.espalier.testkit.contract;

import io.espalier.api.ModelReader;
import io.espalier.api.Pretrained;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a reader of networks promises. */
final class ModelReaderClaims {

    private static final int SIDE = 32;

    private final Subject subject;
    private final ModelReader<Record> reader;

    @SuppressWarnings("unchecked")
    ModelReaderClaims(Subject subject, ModelReader<?> reader) {
        this.subject = subject;
        this.reader = (ModelReader<Record>) reader;
    }

    List<Claim> all() {
        return new ReaderClaims(subject, new ReaderClaims.Reader() {
            @Override
            public boolean accepts(Path source) throws IOException {
                return reader.accepts(source);
            }

            @Override
            public String read(Path source) throws IOException {
                return network(reader.read(source, subject.options()));
            }
        }).all();
    }

    /** Its digest, after it was seen to run. */
    private String network(Pretrained pretrained) {
        if (pretrained == null) {
            throw subject.broken("gives no network");
        }
        ImageShape shape = pretrained.input().orElse(new ImageShape(pretrained.channels(), SIDE, SIDE));
        Network network = Network.of(
                pretrained.graph(),
                new Preprocessing(shape, Fit.PAD, pretrained.normalisation().orElse(pretrained.usual())),
                pretrained.classes().orElse(List.of()));
        INDArray images = Nd4j.rand(Nd4j.getRandomFactory().getNewRandomInstance(1), 1, shape.channels(), shape.height(), shape.width());
        try (Program program = Bench.ENGINE.compile(network, Wanted.PREDICTIONS)) {
            if (!Double.isFinite(program.predict(images).sumNumber().doubleValue())) {
                throw subject.broken("gives a network whose outputs are no numbers; look at the order and the scale of the weights");
            }
        }
        return network.nodes().size() + " layers, digest " + network.digest().substring(0, 12);
    }
}
