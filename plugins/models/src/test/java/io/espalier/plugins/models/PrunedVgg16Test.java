package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.Shared;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.Fit;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.network.Channels;
import io.espalier.network.Cost;
import io.espalier.network.Heads;
import io.espalier.network.Network;
import io.espalier.network.Preprocessing;
import io.espalier.network.PruningPlan;
import io.espalier.network.RandomPlans;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Channels of the real VGG16. */
class PrunedVgg16Test {

    private static Network vgg16() throws IOException {
        Pretrained pretrained = new KerasWeightsReader().read(Shared.file("models/vgg16-hed-notop.h5"), new NoOptions());
        Preprocessing preprocessing = new Preprocessing(new ImageShape(3, 32, 32), Fit.PAD, Normalisation.UNIT);
        Network network = Network.of(pretrained.graph(), preprocessing, List.of());
        return Heads.replace(network, List.of("a", "b", "c"), new Random(Networks.SEED));
    }

    @Test
    void channelsThatNobodyReadsAndChannelsThatAreGoneGiveTheSameOutputs() throws IOException {
        Network network = vgg16();
        assertThat(Channels.groups(network)).extracting(UnitGroup::size)
                .containsExactly(64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512);
        PruningPlan plan = RandomPlans.any(network, new Random(Networks.SEED));
        Network pruned = Surgeon.apply(plan, network);
        INDArray images = Networks.images(network, 2).muli(255);
        INDArray expected = RandomPlans.unread(network, plan).graph().outputSingle(images);
        assertThat(Networks.difference(pruned.graph().outputSingle(images), expected)).isLessThan(1e-5);
        assertThat(RandomPlans.cost(plan, network)).isEqualTo(Cost.of(pruned));
    }
}
