package io.espalier.plugins.onnx.read;

import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.Preprocessing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Networks as the reader makes them. */
final class ReadNetwork {

    private ReadNetwork() {}

    /** @param side of the images where the file leaves it open */
    static Network of(Path file, int side) throws IOException {
        return of(new OnnxReader().read(file, new NoOptions()), side);
    }

    /** The same of a file that is in memory only. */
    static Network of(Path name, byte[] file, int side) throws IOException {
        return of(OnnxReader.read(ModelFile.of(name, ByteBuffer.allocateDirect(file.length).put(file).flip())), side);
    }

    private static Network of(Pretrained pretrained, int side) {
        ImageShape shape = pretrained.input().orElseGet(() -> new ImageShape(pretrained.channels(), side, side));
        Preprocessing preprocessing = new Preprocessing(shape, Fit.PAD, pretrained.normalisation().orElse(pretrained.usual()));
        return Network.of(pretrained.graph(), preprocessing, pretrained.classes().orElse(List.of()));
    }

    /** The node that computes the file's own output: the softmax that is ours is left out. */
    static String ownOutput(Network network) {
        Node last = network.node(network.output());
        return last.layer(LossLayer.class).isPresent() ? last.inputs().get(0) : last.name();
    }

    /** What the network gives for the file's own output. */
    static INDArray predict(Network network, INDArray images) {
        try (Program program = new Dl4jEngine().compile(network, Wanted.PREDICTIONS)) {
            String output = ownOutput(network);
            return program.observe(Set.of(output), images).get(output);
        }
    }
}
