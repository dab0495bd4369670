package io.espalier.engine;

import io.espalier.data.Batch;
import io.espalier.data.Batches;
import io.espalier.data.Split;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.Node;
import io.espalier.network.ResponseBasis;
import io.espalier.network.Responses;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Decomposes every ordinary convolution by what it gives for images, layer by layer, so that each basis is made for what the
 * reduced layers before it give. Each layer takes one pass over the images, through the layers before it alone.
 */
public final class DataBasis {

    private static final int BATCH = 32;

    private DataBasis() {}

    /** A layer gives what is no finite number. */
    public static final class NotFiniteException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        NotFiniteException(String layer) {
            super("layer '" + layer + "' gives values that are not finite for some of the images");
        }
    }

    /** Told how far it is; whatever it throws ends it. */
    public interface Listener {

        /**
         * After each batch.
         *
         * @param layer name of the convolution that is looked at
         * @param number of it, from 1
         * @param layers convolutions in all
         * @param images seen in this pass
         */
        void seen(String layer, int number, int layers, int images);
    }

    /**
     * The network with every ordinary convolution decomposed.
     *
     * @param images that the responses are taken of
     * @param energy share of the variance of each layer's responses that its vectors hold; 1 for all, which changes nothing
     * @param ranks basis vectors at most, by layer
     * @throws NotFiniteException when a layer gives what is no number for some image
     */
    public static Network decompose(
            Engine engine, Network network, Split images, double energy, Map<String, Long> ranks, Listener listener) {
        List<String> layers = network.nodes().stream().filter(Decomposition::isPlainConvolution).map(Node::name).toList();
        Network reduced = network;
        for (int i = 0; i < layers.size(); i++) {
            String layer = layers.get(i);
            int number = i + 1;
            try (Responses responses = new Responses(channels(reduced, layer))) {
                observe(engine, ResponseBasis.observed(reduced, layer), images, responses, seen -> listener.seen(layer, number, layers.size(), seen));
                if (!responses.isFinite()) {
                    throw new NotFiniteException(layer);
                }
                reduced = ResponseBasis.decompose(reduced, layer, responses, energy, ranks.getOrDefault(layer, Long.MAX_VALUE));
            }
        }
        return reduced;
    }

    private static long channels(Network network, String convolution) {
        return network.node(convolution).parameter(ConvolutionParamInitializer.WEIGHT_KEY).size(0);
    }

    private static void observe(Engine engine, Network network, Split images, Responses responses, IntConsumer seen) {
        var preprocessing = network.preprocessing();
        int done = 0;
        try (Program program = engine.compile(network, Wanted.PREDICTIONS);
                Batches batches = Batches.inOrder(
                        images, preprocessing.input().channels(), preprocessing.normalisation(), network.classes().size(), BATCH)) {
            for (Optional<Batch> next = batches.next(); next.isPresent(); next = batches.next()) {
                try (Batch batch = next.get(); INDArray maps = program.predict(batch.images())) {
                    responses.add(maps);
                    done += batch.size();
                }
                seen.accept(done);
            }
        }
    }
}
