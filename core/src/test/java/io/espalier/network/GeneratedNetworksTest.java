package io.espalier.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Random legal plans on networks of random blocks of random widths. */
class GeneratedNetworksTest {

    private static final String SEED = "" + Networks.SEED;

    /** Sigmoid makes one half of zero: a channel is gone when nobody reads it, whatever it holds. */
    @Provide
    Arbitrary<Recipe> recipes() {
        Arbitrary<Integer> width = Arbitraries.integers().between(1, 9);
        Arbitrary<Recipe.Block> block = Combinators.combine(
                        Arbitraries.of(Recipe.Kind.values()), width, width, Arbitraries.of(false, true),
                        Arbitraries.of(Activation.RELU, Activation.TANH, Activation.SIGMOID, Activation.ELU))
                .as(Recipe.Block::new);
        return Combinators.combine(width, block.list().ofMinSize(1).ofMaxSize(5), Arbitraries.of(0, 0, 7)).as(Recipe::new);
    }

    private static INDArray predict(Network network, Network like) {
        return network.graph().outputSingle(Networks.images(like, 2));
    }

    @Property(seed = SEED)
    void channelsThatNobodyReadsAndChannelsThatAreGoneGiveTheSameOutputs(@ForAll("recipes") Recipe recipe, @ForAll long seed) {
        Network network = recipe.build();
        PruningPlan plan = RandomPlans.any(network, new Random(seed));
        INDArray gone = predict(Surgeon.apply(plan, network), network);
        assertThat(Networks.difference(gone, predict(RandomPlans.unread(network, plan), network))).isLessThan(1e-5);
    }

    @Property(seed = SEED)
    void parametersAndFlopsFallByWhatThePlanSaid(@ForAll("recipes") Recipe recipe, @ForAll long seed) {
        Network network = recipe.build();
        PruningPlan plan = RandomPlans.any(network, new Random(seed));
        assertThat(RandomPlans.cost(plan, network)).isEqualTo(Cost.of(Surgeon.apply(plan, network)));
    }

    /** Every layer makes units, but the last, whose channels are the classes. */
    @Property(seed = SEED)
    void everyChannelThatALayerMakesIsOfOneUnitAndNoClassIs(@ForAll("recipes") Recipe recipe) {
        Network network = recipe.build();
        assertThat(Channels.refusals(network)).isEmpty();
        List<UnitGroup.Member> members = Channels.groups(network).stream().flatMap(group -> group.members().stream()).toList();
        for (Node node : network.nodes()) {
            long made = members.stream()
                    .filter(m -> m.layer().equals(node.name()) && m.role() == UnitGroup.Role.KERNEL)
                    .mapToLong(m -> m.positions().length)
                    .sum();
            boolean makes = !node.name().equals(network.output()) && node.parameters().containsKey("W");
            assertThat(made).as(node.name()).isEqualTo(makes ? channels(node) : 0);
        }
    }

    private static long channels(Node node) {
        INDArray weights = node.parameter("W");
        return switch (node.kind()) {
            case "DenseLayer" -> weights.size(1);
            case "DepthwiseConvolution2D" -> weights.size(2);
            default -> weights.size(0);
        };
    }
}
