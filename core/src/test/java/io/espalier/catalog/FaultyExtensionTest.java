package io.espalier.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.Networks;
import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.Pruner;
import io.espalier.api.Stage;
import io.espalier.data.Dataset;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever a criterion, a pruner or a stage of a plugin does wrong, the error names that plugin and not the stage that called it. */
class FaultyExtensionTest {

    private static final Network NETWORK = Networks.chain();

    @TempDir
    private Path temporary;

    private Catalog catalog;

    @AfterEach
    void close() {
        if (catalog != null) {
            catalog.close();
        }
    }

    private PluginBuild build() {
        return new PluginBuild(temporary.resolve("theirs")).stage("Caller", "caller", """
                @Option(doc = "d", defaultValue = "faulty") Chosen<Criterion<Record>> criterion,
                @Option(doc = "d", defaultValue = "faulty") Chosen<Pruner<Record>> pruner""")
                .source("Choice", """
                @Extension @Named("faulty") public final class Choice implements Pruner<NoOptions> {
                    public PruningPlan plan(Candidate candidate, Selection selection, NoOptions options, StageContext context) {
                        candidate.network().nodes().get(0).parameters().values().forEach(p -> p.muli(2));
                        return new PruningPlan("", List.of(), Map.of());
                    }
                }
                """);
    }

    private Chosen<?> chosen(String option, String score, TimeLimit limit) throws Exception {
        build().source("Score", """
                @Extension @Named("faulty") public final class Score implements Criterion<NoOptions> {
                    public Set<UnitKind> units() { return Set.of(UnitKind.CHANNEL); }
                    public INDArray score(UnitGroup group, NoOptions o, CriterionContext c) { %s }
                }
                """.formatted(score)).jar("theirs.jar");
        catalog = Catalog.of(List.of(new PluginFolder(temporary.resolve("theirs"), PluginOrigin.GIVEN)), temporary.resolve("home"), limit);
        Record options = catalog.bind(catalog.find(Stage.class, "caller"), Map.of()).value();
        return (Chosen<?>) options.getClass().getMethod(option).invoke(options);
    }

    @SuppressWarnings("unchecked")
    private void score(String score, TimeLimit limit) throws Exception {
        Chosen<?> chosen = chosen("criterion", score, limit);
        UnitGroup group = Channels.groups(NETWORK.edit().build()).get(0);
        ((Criterion<Record>) chosen.extension()).score(group, chosen.options(), null);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "throw new IllegalStateException(\"no luck\");                                     | failed: java.lang.IllegalStateException: no luck",
        "double[] s = new double[group.size()]; s[0] = Double.NaN; return org.nd4j.linalg.factory.Nd4j.createFromArray(s); | gave the score NaN for unit 0 of layer 'conv1'",
        "return group.kernels().get(0);                                                    | scores for the 8 units of layer 'conv1'",
        "return null;                                                                      | gave nothing",
        "INDArray k = group.members().get(0).tensor(); k.muli(2); return k.norm2(1, 2, 3); | changed the network",
    })
    void aCriterionThatCannotBeUsedIsNamedWithItsPlugin(String body, String words) {
        assertThatExceptionOfType(ExtensionFaultException.class)
                .isThrownBy(() -> score(body, TimeLimit.none()))
                .withMessageContaining("criterion 'faulty' (plugin demo 1.0.0, theirs.jar)")
                .withMessageContaining(words.strip())
                .withMessageContaining("resume the run");
    }

    @Test
    void aCriterionThatHangsIsLeftBehindAtItsLimit() {
        assertThatExceptionOfType(ExtensionFaultException.class)
                .isThrownBy(() -> score("while (true) { if (Thread.interrupted()) return null; Thread.onSpinWait(); }", TimeLimit.of(Duration.ofSeconds(1))))
                .withMessageContaining("criterion 'faulty' (plugin demo 1.0.0, theirs.jar)")
                .withMessageContaining("was not done after 1 s, at demo.Score.score(Score.java:")
                .withMessageContaining("--plugin-limit");
    }

    @Test
    void whatACriterionRefusesInWordsReachesTheUserAsItIs() {
        assertThatThrownBy(() -> score("throw new InputException(\"needs a training\");", TimeLimit.of(Duration.ofSeconds(60))))
                .isInstanceOf(InputException.class).hasMessage("needs a training");
    }

    @Test
    void scoresThatCanBeUsedAreHandedOnAsTheyAre() throws Exception {
        score("return group.kernels().get(0).norm2(1, 2, 3);", TimeLimit.of(Duration.ofSeconds(60)));
    }

    @Test
    @SuppressWarnings("unchecked")
    void aPrunerThatChangesTheNetworkIsNamedWithItsPlugin() throws Exception {
        Chosen<?> chosen = chosen("pruner", "return null;", TimeLimit.none());
        Network own = Networks.pooled();
        Candidate candidate = Candidate.of(own, Dataset.none(own.preprocessing().input(), own.classes()));
        assertThatExceptionOfType(ExtensionFaultException.class)
                .isThrownBy(() -> ((Pruner<Record>) chosen.extension()).plan(candidate, Selection.ofUnits(0.5), chosen.options(), null))
                .withMessageContaining("pruner 'faulty' (plugin demo 1.0.0, theirs.jar) changed the network");
    }

    @Test
    @SuppressWarnings("unchecked")
    void aStageThatChangesTheNetworkOrHangsIsNamedWithItsPlugin() throws IOException {
        new PluginBuild(temporary.resolve("theirs")).source("Change", """
                @Extension @Named("change") public final class Change implements Stage<NoOptions> {
                    public Candidate apply(Candidate candidate, NoOptions options, StageContext context) {
                        candidate.network().nodes().get(0).parameters().values().forEach(p -> p.addi(2));
                        return candidate;
                    }
                }
                """).source("Hang", """
                @Extension @Named("hang") public final class Hang implements Stage<NoOptions> {
                    public Candidate apply(Candidate candidate, NoOptions options, StageContext context) {
                        while (!Thread.interrupted()) { Thread.onSpinWait(); }
                        return candidate;
                    }
                }
                """).jar("theirs.jar");
        catalog = Catalog.of(List.of(new PluginFolder(temporary.resolve("theirs"), PluginOrigin.GIVEN)), temporary.resolve("home"), TimeLimit.of(Duration.ofSeconds(1)));
        Network own = Networks.pooled();
        Candidate candidate = Candidate.of(own, Dataset.none(own.preprocessing().input(), own.classes()));
        for (Map.Entry<String, String> fault : Map.of("change", "changed the network", "hang", "was not done after 1 s").entrySet()) {
            BoundOptions bound = catalog.bind(catalog.find(Stage.class, fault.getKey()), Map.of());
            assertThatExceptionOfType(ExtensionFaultException.class)
                    .isThrownBy(() -> ((Stage<Record>) bound.extension().instance()).apply(candidate, bound.value(), null))
                    .withMessageContaining("stage:" + fault.getKey() + " (plugin demo 1.0.0, theirs.jar) " + fault.getValue());
        }
        assertThat(catalog.find(Stage.class, "hang").instance()).as("as the plugin made it").isNotInstanceOf(GuardedStage.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "throw new IllegalStateException(\"no luck\");                          | failed: java.lang.IllegalStateException: no luck",
        "return null;                                                          | gave nothing",
        "while (true) { if (Thread.interrupted()) return null; Thread.onSpinWait(); } | was not done after 1 s, at demo.Read.read(Read.java:",
    })
    @SuppressWarnings("unchecked")
    void aReaderThatCannotBeUsedIsNamedWithItsPlugin(String body, String words) throws IOException {
        catalog = reader(body);
        BoundOptions bound = catalog.bind(catalog.find(DatasetReader.class, "faulty"), Map.of());
        assertThatExceptionOfType(ExtensionFaultException.class)
                .isThrownBy(() -> ((DatasetReader<Record>) bound.extension().instance()).read(temporary, bound.value()))
                .withMessageContaining("data set reader 'faulty' (plugin demo 1.0.0, theirs.jar) " + words)
                .withMessageContaining("resume the run");
    }

    @Test
    @SuppressWarnings("unchecked")
    void thatAFileCannotBeReadIsNoFaultOfItsReader() throws IOException {
        catalog = reader("throw new IOException(\"the disk is gone\");");
        BoundOptions bound = catalog.bind(catalog.find(DatasetReader.class, "faulty"), Map.of());
        assertThatThrownBy(() -> ((DatasetReader<Record>) bound.extension().instance()).read(temporary, bound.value()))
                .isInstanceOf(IOException.class).hasMessage("the disk is gone");
    }

    private Catalog reader(String body) throws IOException {
        new PluginBuild(temporary.resolve("theirs")).source("Read", """
                @Extension @Named("faulty") public final class Read implements DatasetReader<NoOptions> {
                    public boolean accepts(java.nio.file.Path source) { return true; }
                    public io.espalier.data.RawDataset read(java.nio.file.Path source, NoOptions options) throws java.io.IOException { %s }
                }
                """.formatted(body.replace("new IOException", "new java.io.IOException"))).jar("theirs.jar");
        return Catalog.of(List.of(new PluginFolder(temporary.resolve("theirs"), PluginOrigin.GIVEN)), temporary.resolve("home"), TimeLimit.of(Duration.ofSeconds(1)));
    }
}
