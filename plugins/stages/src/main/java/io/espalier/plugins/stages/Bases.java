package io.espalier.plugins.stages;

import io.espalier.api.InputException;
import io.espalier.api.Progress;
import io.espalier.api.StageContext;
import io.espalier.data.Dataset;
import io.espalier.data.Split;
import io.espalier.engine.DataBasis;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Where basis vectors come from, as the options of stages say it.
 *
 * @param basis kernels or data
 * @param energy share of the variance that is kept, with data
 * @param images training images that are looked at, with data
 */
record Bases(Decompose.Basis basis, Optional<Double> energy, Optional<Integer> images) {

    static final String DOC = "where the basis vectors come from: kernel, the SVD of each kernel; data, what each layer gives for training"
            + " images, layer by layer with those before it already reduced";
    static final String ENERGY_DOC = "with basis=data: share of the variance of a layer's outputs that its vectors hold; 1 changes nothing;"
            + " 0.997 unless given";
    static final String IMAGES_DOC = "with basis=data: number of training images that are looked at, at random; 1000 unless given, and never"
            + " more than there are";

    private static final double ENERGY = 0.997;
    private static final int IMAGES = 1000;

    /** @param ranks basis vectors at most, by layer */
    Network decompose(Network network, Map<String, Long> ranks, Dataset dataset, StageContext context) {
        if (basis == Decompose.Basis.KERNEL) {
            refuse("energy", energy);
            refuse("images", images);
            return Decomposition.decompose(network, ranks);
        }
        Split train = dataset.train();
        if (train.size() == 0) {
            throw new InputException("basis=data looks at training images, and there are none; give stage:load data=, or use basis=kernel");
        }
        Split chosen = chosen(train, context);
        context.say("bases from what the layers give for " + chosen.size() + " of " + train.size() + " training images, "
                + energy.orElse(ENERGY) + " of the variance kept");
        try {
            return DataBasis.decompose(context.engine(), network, chosen, energy.orElse(ENERGY), ranks, (layer, number, layers, seen) -> {
                context.checkInterrupted();
                context.progress(new Progress("basis " + number + "/" + layers + " (" + layer + ")", seen, chosen.size(), "images", Map.of()));
            });
        } catch (DataBasis.NotFiniteException e) {
            throw new InputException("basis=data: " + e.getMessage() + "; look at the preprocessing and the learning rates before, or use"
                    + " basis=kernel", e);
        }
    }

    private static void refuse(String option, Optional<?> given) {
        given.ifPresent(value -> {
            throw new InputException(option + "=" + value + " is of no use with basis=kernel, which looks at no images; give basis=data too");
        });
    }

    private Split chosen(Split train, StageContext context) {
        int count = images.orElse(IMAGES);
        if (count >= train.size()) {
            return train;
        }
        List<Integer> order = new ArrayList<>(IntStream.range(0, train.size()).boxed().toList());
        Collections.shuffle(order, context.random("basis"));
        return train.select(order.stream().limit(count).mapToInt(Integer::intValue).toArray());
    }
}
