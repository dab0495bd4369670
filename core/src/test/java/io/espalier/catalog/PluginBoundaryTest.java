package io.espalier.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.Criterion;
import io.espalier.api.CriterionContext;
import io.espalier.api.NoOptions;
import io.espalier.api.Pruner;
import io.espalier.engine.ParameterKey;
import io.espalier.network.Cost;
import io.espalier.network.Network;
import io.espalier.network.UnitGroup;
import io.espalier.network.UnitKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a plugin author does who has core and nothing else. */
class PluginBoundaryTest {

    private static final String CRITERION = """
            package somebody.elses;

            import io.espalier.api.*;
            import io.espalier.network.*;
            import java.util.Set;
import java.util.function.Consumer;
            import org.nd4j.linalg.api.ndarray.INDArray;

            @org.pf4j.Extension
            @Named("l2")
            public final class L2Norm implements Criterion<NoOptions> {
                public Set<UnitKind> units() { return Set.of(UnitKind.CHANNEL); }
                public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
                    return group.kernels().stream().map(kernel -> kernel.norm2(1, 2, 3)).reduce(INDArray::add).orElseThrow();
                }
            }
            """;

    @TempDir
    private Path temporary;

    @Test
    void aCriterionOfAtMostFifteenLinesCompiledAgainstCoreAloneIsFoundAndScores() throws IOException {
        assertThat(CRITERION.lines().filter(line -> !line.isBlank()).count()).isLessThanOrEqualTo(15);
        Path plugins = temporary.resolve("plugins");
        new PluginBuild(plugins).file("somebody/elses/L2Norm.java", CRITERION).jar("l2.jar");

        try (Catalog catalog = Catalog.open(List.of(plugins), temporary)) {
            Extension found = catalog.find(Criterion.class, "l2");
            BoundOptions bound = catalog.bind(found, Map.of());
            assertThat(bound.value()).isEqualTo(new NoOptions());
            assertThat(catalog.find(Pruner.class, "l2")).isEqualTo(found);

            INDArray kernel = Nd4j.create(new float[] {3, 4, 0, 0, 0, 2}, new long[] {3, 1, 1, 2}, 'c');
            @SuppressWarnings("unchecked")
            Criterion<Record> criterion = (Criterion<Record>) found.instance();
            assertThat(criterion.score(channels(kernel), bound.value(), new NoContext()).toFloatVector()).containsExactly(5, 0, 2);
        }
    }

    @Test
    void aPluginsClassesComeFromItsJarAndCoreAndNd4jFromEspalier() throws IOException {
        Path plugins = temporary.resolve("plugins");
        new PluginBuild(plugins).file("somebody/elses/L2Norm.java", CRITERION).jar("l2.jar");
        new PluginBuild(plugins).id("other").file("somebody/elses/L2Norm.java", CRITERION.replace("\"l2\"", "\"l2-too\"")).jar("too.jar");

        try (Catalog catalog = Catalog.open(List.of(plugins), temporary)) {
            Class<?> first = catalog.find(Criterion.class, "l2").instance().getClass();
            Class<?> second = catalog.find(Criterion.class, "l2-too").instance().getClass();
            assertThat(first.getName()).isEqualTo(second.getName());
            assertThat(first).isNotEqualTo(second);
            assertThat(first.getClassLoader()).isNotEqualTo(getClass().getClassLoader());
            assertThat(first.getInterfaces()).containsExactly(Criterion.class);
        }
    }

    private static UnitGroup channels(INDArray kernel) {
        return new UnitGroup(
                "conv", UnitKind.CHANNEL, 3, 3, List.of(UnitGroup.Member.kernels("conv", "W", kernel)), Optional.empty(), Optional.empty(),
                Optional.empty(), new Cost(2, 2), left -> new Cost(6, 6));
    }

    /** This criterion looks at kernels only. */
    private static final class NoContext implements CriterionContext {

        @Override
        public Network network() {
            throw new AssertionError("not needed");
        }

        @Override
        public INDArray samples(int count) {
            throw new AssertionError("not needed");
        }

        @Override
        public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
            throw new AssertionError("not needed");
        }

        @Override
        public void observe(Set<String> layers, int images, int batch, Consumer<Map<String, INDArray>> each) {
            throw new AssertionError("not needed");
        }

        @Override
        public void gradients(Set<ParameterKey> parameters, int images, int batch, Consumer<Map<ParameterKey, INDArray>> each) {
            throw new AssertionError("not needed");
        }

        @Override
        public Random random(String group) {
            throw new AssertionError("not needed");
        }
    }
}
