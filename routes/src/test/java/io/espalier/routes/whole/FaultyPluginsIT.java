package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins that do wrong in the middle of a run: it ends with the plugin's name and what it did, and goes on without the plugin. */
class FaultyPluginsIT {

    @TempDir
    private Path folder;

    /** What a criterion may do wrong. */
    private enum Fault {
        THROWS("throw new IllegalStateException(\"no luck\");", "failed: java.lang.IllegalStateException: no luck"),
        HANGS("while (!Thread.interrupted()) { Thread.onSpinWait(); } return null;", "was not done after 2 s, at mine.Unlucky.score(Unlucky.java:"),
        NO_NUMBER("return Nd4j.arange(group.size()).putScalar(1, Double.NaN);", "gave the score NaN for unit 1 of layer 'conv1'"),
        TOO_FEW("return Nd4j.arange(group.size() - 1);", "scores for the "),
        CHANGES("group.members().get(0).tensor().muli(2); return Nd4j.arange(group.size());", "changed the network that it was given");

        private final String score;
        private final String words;

        Fault(String score, String words) {
            this.score = score;
            this.words = words;
        }

        ThirdPartyJar jar() {
            return new ThirdPartyJar("unlucky").source("mine/Unlucky.java", """
                    package mine;
                    import io.espalier.api.*;
                    import io.espalier.network.*;
                    import java.util.Set;
                    import org.nd4j.linalg.api.ndarray.INDArray;
                    import org.nd4j.linalg.factory.Nd4j;
                    @org.pf4j.Extension @Named("unlucky")
                    public final class Unlucky implements Criterion<NoOptions> {
                        public Set<UnitKind> units() { return Set.of(UnitKind.BASIS_VECTOR); }
                        public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) { %s }
                    }
                    """.formatted(score));
        }
    }

    @Test
    void aRunThatACriterionBrokeIsResumedWithoutItWhateverItDid() throws IOException {
        Map<String, String> options = Arguments.rounds("0.1");
        options.put("criterion", "unlucky");
        Path runs = folder.resolve("runs");
        List<String> order = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            Path plugins = fault.jar().in(folder.resolve("plugins"));
            List<String> given = List.of("--plugins", plugins.toString(), "--plugin-limit", "2");
            order = order.isEmpty()
                    ? Arguments.run("basis-scaling", runs, options, given.toArray(String[]::new))
                    : Espalier.concat(List.of("run", "--resume", RunFolder.only(runs).directory().toString()), given);
            assertThat(espalier(order).endsWith(1).err()).as(fault.name())
                    .contains("criterion 'unlucky' (plugin unlucky 1.0.0, unlucky.jar) ", fault.words, "take the plugin away", "--resume").doesNotContain("\tat ");
        }
        Files.delete(folder.resolve("plugins/unlucky.jar"));

        RunFolder run = RunFolder.only(runs);
        espalier("run", "--resume", run.directory().toString(), "-p", "criterion=scale-energy").endsWith(0);
        assertThat(run.events("plan").get(0).path("reason").asText()).isEqualTo("criterion scale-energy");
        assertThat(run.stages("stage-finished")).as("what was done stays").containsOnlyOnce("load", "decompose");
        assertThat(run.summary().at("/pruned/parameters").asLong()).isPositive();
    }

    @Test
    void aRunThatAReaderBrokeIsResumedWithoutIt() throws IOException {
        Path plugins = new ThirdPartyJar("unlucky").source("mine/Unlucky.java", """
                package mine;
                import io.espalier.api.*;
                import io.espalier.data.RawDataset;
                import java.nio.file.Path;
                @org.pf4j.Extension @Named("unlucky")
                public final class Unlucky implements DatasetReader<NoOptions> {
                    public boolean accepts(Path source) { return source.toString().charAt(1000) == 'x'; }
                    public RawDataset read(Path source, NoOptions options) { return null; }
                }
                """).in(folder.resolve("plugins"));
        Path runs = folder.resolve("runs");
        Espalier.Said failed = espalier(Arguments.run("basis-scaling", runs, Arguments.rounds("0.1"), "--plugins", plugins.toString())).endsWith(1);
        assertThat(failed.err()).contains("data set reader 'unlucky' (plugin unlucky 1.0.0, unlucky.jar) failed: java.lang.StringIndexOutOfBounds", "--resume");
        Files.delete(plugins.resolve("unlucky.jar"));
        espalier("run", "--resume", RunFolder.only(runs).directory().toString()).endsWith(0);
    }
}
