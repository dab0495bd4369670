package io.espalier.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.testkit.contract.Verification.Finding;
import io.espalier.testkit.contract.Verification.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** For every claim a plugin that breaks it, and nothing else: the extension or the jar by name, what was seen, the mend. */
class BrokenClaimsTest {

    private static final String NORM = "return group.kernels().stream().map(k -> k.norm2(1, 2, 3)).reduce(INDArray::add).orElseThrow();";
    private static final String LEGAL = "return selection.plan(groups, scores, \"mine\");";
    private static final String SCORES = "Map<String, double[]> scores = new HashMap<>();"
            + " groups.forEach(g -> scores.put(g.name(), g.kernels().get(0).norm2(1, 2, 3).toDoubleVector()));";
    private static final String ACCEPTS = "return Files.isRegularFile(source) && Files.size(source) > 0 && Files.readAllBytes(source)[0] == 'i';";

    @TempDir
    private Path folder;

    private List<Finding> findings(PluginSource source, Map<String, String> options, long seconds) throws IOException {
        Path own = Files.createTempDirectory(folder, "plugin");
        Path home = Files.createDirectories(own.resolve("home"));
        Path others = Files.createDirectories(home.resolve("plugins"));
        Path sample = Files.write(own.resolve("sample.bin"), new byte[] {'i', 0, 10, 1, 20, 0, 30, 1, 40});
        Path work = own.resolve("work");
        try (PluginUnderTest plugin = PluginUnderTest.open(source.jar(own), others, home)) {
            return new Verification(plugin, new Verification.Wishes(options, Map.of("mine", sample), Duration.ofSeconds(seconds), work)).perform(f -> { });
        }
    }

    private void assertHolds(PluginSource source) throws IOException {
        assertThat(findings(source, Map.of(), 60)).isNotEmpty().allSatisfy(f -> assertThat(f.outcome()).as(f.toString()).isEqualTo(Outcome.HOLDS));
    }

    private void assertBroken(PluginSource source, String claim, String... words) throws IOException {
        List<Finding> broken = findings(source, Map.of(), 60).stream().filter(f -> f.outcome() == Outcome.BROKEN).toList();
        assertThat(broken).filteredOn(f -> f.claim().contains(claim)).singleElement()
                .satisfies(f -> assertThat(f.words()).contains("mine").contains(words));
    }

    @Test
    void pluginsThatBreakNothingHold() throws IOException {
        assertHolds(PluginSource.criterion(NORM));
        assertHolds(PluginSource.pruner(SCORES + LEGAL));
        assertHolds(PluginSource.stage("@Flow(needs = \"loaded\")", "return candidate;"));
        assertHolds(PluginSource.reader(ACCEPTS, ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "Plugin-License     | says its licence   | no Plugin-License, SPDX identifier such as Apache-2.0",
        "Plugin-Description | says its licence   | no Plugin-Description, one sentence",
        "Plugin-Requires=*  | not made for       | Plugin-Requires '*', bound it above",
        "Plugin-Requires=>=0.1.0 | not made for  | Plugin-Requires '>=0.1.0', bound it above",
    })
    void aManifestThatSaysTooLittle(String entry, String claim, String words) throws IOException {
        String[] given = entry.split("=", 2);
        assertBroken(PluginSource.criterion(NORM).manifest(given[0], given.length == 1 ? "" : given[1]), claim, words.split(", "));
    }

    @Test
    void internals() throws IOException {
        assertBroken(PluginSource.criterion("io.espalier.run.Journal.read(Path.of(\"x\")); " + NORM), "no internals",
                "io.espalier.run.Journal (in mine.Mine)", "use io.espalier.api");
        assertBroken(PluginSource.criterion("new io.espalier.engine.onednn.OneDnnEngine(); " + NORM), "no internals", "io.espalier.engine.onednn.OneDnnEngine");
    }

    @Test
    void aPublicTypeOfARoomThatNoSignatureOfTheApiShowsIsInternal() throws IOException {
        assertBroken(PluginSource.criterion("if (group.size() < 0) { io.espalier.data.Batches.inOrder(null, 1, null, 1, 1).close(); } " + NORM), "no internals",
                "io.espalier.data.Batches (in mine.Mine)", "use io.espalier.api");
    }

    @Test
    void theApiIsWhatItsSignaturesShowAndWhatItOpensAndNothingElse() {
        assertThat(ApiSurface.names()).contains("io.espalier.api.Stage", "io.espalier.api.Candidate$Content", "io.espalier.network.UnitGroup")
                .as("what extension points open, and what these show").contains("io.espalier.network.Channels", "io.espalier.network.Surgeon",
                        "io.espalier.engine.Trainer", "io.espalier.engine.Trainer$Epoch", "io.espalier.layers.BasisScalingConvolution")
                .doesNotContain("io.espalier.data.Batches", "io.espalier.engine.Evaluation", "io.espalier.layers.NativeConvolution", "io.espalier.network.ChannelRule")
                .noneMatch(name -> name.startsWith("io.espalier.run.") || name.startsWith("io.espalier.catalog.") || name.contains("onednn"));
    }

    @Test
    void anExtensionThatIsNotDocumented() throws IOException {
        assertBroken(new PluginSource("""
                @Extension @Named("mine") public final class Mine implements Stage<NoOptions> {
                    public Candidate apply(Candidate candidate, NoOptions options, StageContext context) { return candidate; }
                }
                """), "in one sentence", "does not say what it does", "doc = \"...\"");
    }

    @Test
    void anExtensionThatKeepsSomething() throws IOException {
        assertBroken(PluginSource.criterion("private int calls;", "NoOptions", "calls++; " + NORM), "keeps nothing", "field 'calls'", "local variable");
    }

    @Test
    void anOptionThatIsNotDocumented() throws IOException {
        assertBroken(PluginSource.criterion("public record Options(@Option(doc = \" \", defaultValue = \"2\", min = 1, max = 3) int power) {}", "Mine.Options", NORM),
                "documents its options", "'power'", "@Option(doc");
    }

    @Test
    void defaultsThatTheOptionsThemselvesRefuse() throws IOException {
        assertBroken(PluginSource.criterion("""
                public record Options(@Option(doc = "exponent", defaultValue = "2", min = 1, max = 3) int power) {
                    public Options { if (power == 2) throw new IllegalArgumentException("power=2 is even"); }
                }
                """, "Mine.Options", NORM), "defaults bind", "cannot be used with its defaults", "power=2 is even");
    }

    @Test
    void anOptionThatTakesWhatItCannotDoWith() throws IOException {
        assertBroken(PluginSource.criterion("public record Options(@Option(doc = \"exponent\", defaultValue = \"2\") double power) {}", "Mine.Options",
                "return org.nd4j.linalg.ops.transforms.Transforms.pow(group.kernels().get(0).norm2(1, 2, 3), options.power());"),
                "refuses bad values", "takes power=", "give the option a range");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "double[] s = new double[group.size()]; s[0] = Double.NaN; return Nd4j.createFromArray(s); | a finite score           | NaN; unit 0; division by zero",
        "return group.kernels().get(0);                                        | a finite score           | units; kernel.norm2(1, 2, 3)",
        "return null;                                                          | a finite score           | gives no scores; one score for each unit",
        "throw new IllegalStateException(\"no luck\");                         | a finite score           | no luck; mine.Mine.score(Mine.java:; InputException",
        "return Nd4j.rand(group.size());                                       | same scores with the same seed | context.random(group.name())",
        "return Nd4j.createFromArray(context.random(group.name()).doubles(group.size()).toArray()); | not by chance | rank correlation; say 'random'",
        "return Nd4j.ones(group.size());                                       | not by chance            | the same score; tells units apart",
    })
    void aCriterionWhoseScoresAreNone(String score, String claim, String words) throws IOException {
        assertBroken(PluginSource.criterion(score), claim, words.split("; "));
    }

    @Test
    void aCriterionThatChangesTheNetwork() throws IOException {
        assertBroken(PluginSource.criterion("group.members().get(0).tensor().muli(0.5); " + NORM), "does not change the network", "dup()", "muli");
    }

    @Test
    void aCriterionThatHangs() throws IOException {
        List<Finding> findings = findings(PluginSource.criterion("while (true) { Thread.onSpinWait(); if (Thread.interrupted()) return null; }"), Map.of(), 1);
        assertThat(findings).filteredOn(f -> f.claim().contains("a finite score")).singleElement().satisfies(f -> assertThat(f.words())
                .contains("criterion 'mine'", "was not done after 1 s", "mine.Mine.score(Mine.java:", "more time"));
    }

    @Test
    void aRandomCriterionThatSaysSoHolds() throws IOException {
        assertHolds(new PluginSource("""
                @Extension @Named(value = "mine", doc = "Random scores.")
                public final class Mine implements Criterion<NoOptions> {
                    public Set<UnitKind> units() { return Set.of(UnitKind.BASIS_VECTOR); }
                    public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) {
                        return Nd4j.createFromArray(context.random(group.name()).doubles(group.size()).toArray());
                    }
                }
                """));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "return null;                                                                     | plans that fit | gives no plan",
        "return new PruningPlan(\"mine\", List.of(), Map.of());                           | plans that fit | removes nothing; selection.plan",
        "return new PruningPlan(\"mine\", List.of(new PruningPlan.Removal(first.name(), first.kind(), first.size(), List.of(first.size()), 0, 0)), Map.of()); | plans that fit | does not fit; Channels.groups(network)",
        "return new PruningPlan(\"mine\", List.of(new PruningPlan.Removal(\"nowhere\", first.kind(), 2, List.of(0), 0, 0)), Map.of());                        | plans that fit | does not fit; nowhere",
        "return new PruningPlan(\"mine\", List.of(new PruningPlan.Removal(first.name(), first.kind(), first.size(), java.util.stream.IntStream.range(0, first.size()).boxed().toList(), 0, 0)), Map.of()); | plans that fit | one of every group must stay",
        "Map<String, double[]> s = new HashMap<>(); groups.forEach(g -> s.put(g.name(), new Random().doubles(g.size()).toArray())); return selection.plan(groups, s, \"mine\"); | same plan with the same seed | context.random",
        "Map<String, double[]> s = new HashMap<>(); groups.forEach(g -> s.put(g.name(), context.random(g.name()).doubles(g.size()).toArray())); return selection.plan(groups, s, \"mine\"); | not by chance | say 'random'",
    })
    void aPrunerWhosePlanIsNone(String plan, String claim, String words) throws IOException {
        assertBroken(PluginSource.pruner(plan), claim, words.split("; "));
    }

    @Test
    void aPrunerThatChangesTheNetwork() throws IOException {
        assertBroken(PluginSource.pruner(SCORES + "first.members().get(0).tensor().muli(0.5); " + LEGAL), "does not change the network", "dup()");
    }

    @Test
    void aPlanWhoseKernelsAreNoNumbers() throws IOException {
        assertBroken(PluginSource.pruner(SCORES + """
                PruningPlan plan = selection.plan(groups, scores, "mine");
                String last = first.name();
                INDArray kernels = Surgeon.apply(plan, candidate.network()).node(last).parameter("W").dup();
                kernels.data().put(0, Double.NaN);
                return new PruningPlan("mine", plan.removals(), Map.of(last, kernels));
                """), "plans that fit", "gives no numbers", "replacement kernels");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "@Flow(needs = \"loaded\") | return null; | that runs | gives no candidate",
        "@Flow(needs = \"loaded\") | NetworkEdit e = candidate.network().edit(); candidate.network().nodes().stream().filter(n -> n.parameters().containsKey(\"W\")).forEach(n -> { INDArray w = n.parameter(\"W\").dup(); w.data().put(0, Double.NaN); e.replace(n.with(Map.of(\"W\", w))); }); return candidate.with(e.build()); | that runs | no numbers",
        "@Flow(needs = \"loaded\") | throw new InputException(\"not this one\"); | that runs | refuses every network; not this one",
        "@Flow(needs = \"loaded\", gives = \"decomposed\") | return candidate; | what its @Flow says | gives = \"decomposed\"; no basis-scaling convolution",
        "@Flow(needs = {\"loaded\", \"decomposed\"}, gives = \"plain\") | return candidate; | what its @Flow says | plain afterwards",
        "@Flow(needs = \"loaded\", gives = \"trained\") | return candidate.withImportance(Map.of()); | what its @Flow says | withImportance",
        "@Flow | return candidate; | what its @Flow says | needs = \"loaded\"",
        "@Flow(needs = \"loaded\") | return candidate.withMetrics(Map.of(\"time\", (double) System.nanoTime())); | same with the same seed | other metrics; nothing from the clock",
        "@Flow(needs = \"loaded\") | candidate.network().nodes().forEach(n -> n.parameters().values().forEach(p -> p.muli(1.001))); return candidate; | does not change the candidate | network.edit()",
    })
    void aStageThatLies(String flow, String apply, String claim, String words) throws IOException {
        assertBroken(PluginSource.stage(flow, apply), claim, words.split("; "));
    }

    @Test
    void aStageThatChangesTheSumsThatItIsGiven() throws IOException {
        assertBroken(PluginSource.stage("@Flow(needs = {\"loaded\", \"decomposed\"})", "candidate.importance().values().forEach(sums -> sums[0]++); return candidate;"),
                "does not change the candidate", "importance sums", "sums.clone()");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "return true; | ; | leaves other formats | accepts the file 'empty'",
        "return false; | ; | accepts its own format | does not accept",
        "return Files.readString(source).startsWith(\"i\"); | ; | leaves other formats | cannot say whether it accepts",
        "return Files.isRegularFile(source) && Files.size(source) > 0 && Files.readAllBytes(source)[0] == 'i'; | Files.write(source, new byte[] {1, 1}, StandardOpenOption.APPEND); | does not change what it reads | is another one afterwards",
        "return Files.isRegularFile(source) && Files.size(source) > 0 && Files.readAllBytes(source)[0] == 'i'; | byte b = Files.readAllBytes(source)[8]; | refuses damaged files | IndexOutOfBounds; names the file and the mend",
        "return Files.isRegularFile(source) && Files.size(source) > 0 && Files.readAllBytes(source)[0] == 'i'; | if (Files.size(source) < 9) { throw new InputException(\"cut off\"); } | refuses damaged files | does not name the file",
    })
    void aReaderThatCannotBeTrusted(String accepts, String before, String claim, String words) throws IOException {
        assertBroken(PluginSource.reader(accepts, before), claim, words.split("; "));
    }

    @Test
    void whatCannotBeCheckedIsSaid() throws IOException {
        List<Finding> findings = findings(PluginSource.criterion("public record Options(@Option(doc = \"exponent\", min = 1) int power) {}", "Mine.Options", NORM),
                Map.of(), 60);
        assertThat(findings).filteredOn(f -> f.outcome() == Outcome.NOT_CHECKED).isNotEmpty()
                .allSatisfy(f -> assertThat(f.words()).contains("power"));
        assertThat(findings(PluginSource.criterion("public record Options(@Option(doc = \"exponent\", min = 1) int power) {}", "Mine.Options", NORM),
                Map.of("mine.power", "2"), 60)).allSatisfy(f -> assertThat(f.outcome()).isEqualTo(Outcome.HOLDS));
    }

    @Test
    void everyCallIsMeasured() throws IOException {
        assertThat(findings(PluginSource.criterion(NORM), Map.of(), 60)).filteredOn(f -> f.claim().equals("says what a call takes")).singleElement()
                .satisfies(f -> assertThat(f.words()).containsPattern("\\d+\\.\\d ms, \\d+\\.\\d\\d MB of heap, \\d+\\.\\d\\d MB of tensors"));
    }
}
