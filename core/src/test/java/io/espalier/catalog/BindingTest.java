package io.espalier.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.espalier.api.Chosen;
import io.espalier.api.Criterion;
import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Pruner;
import io.espalier.api.Stage;
import io.espalier.catalog.OptionDescription.Kind;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options as text, bound against extensions of a plugin that was built for it. */
class BindingTest {

    private static final String FRACTION =
            "@Option(doc = \"share of the remaining units to remove\", above = 0, below = 1, defaultValue = \"0.2\") double fraction";

    @TempDir
    private static Path temporary;

    private static Catalog catalog;

    @BeforeAll
    static void open() throws IOException {
        Files.createDirectories(temporary.resolve("home/assets/digits"));
        Files.writeString(temporary.resolve("home/assets/digits/train.txt"), "one");
        Files.writeString(temporary.resolve("model.zip"), "weights");
        build().jar("demo.jar");
        catalog = Catalog.open(List.of(temporary.resolve("plugins")), temporary.resolve("home"));
    }

    private static PluginBuild build() {
        return new PluginBuild(temporary.resolve("plugins"))
                .stage("Threshold", "threshold", """
                        @Option(doc = "how units are scored", defaultValue = "taylor") Chosen<Criterion<Record>> criterion,
                        """ + FRACTION)
                .stage("Simple", "simple", """
                        @Option(doc = "a", defaultValue = "1", min = 1) int epochs,
                        @Option(doc = "b", defaultValue = "2") long seed,
                        @Option(doc = "c", defaultValue = "0.5", min = 0, below = 10) double rate,
                        @Option(doc = "d", defaultValue = "false") boolean strict,
                        @Option(doc = "e", defaultValue = "validation") String split,
                        @Option(doc = "f", defaultValue = "very-large") Size size,
                        @Option(doc = "g", defaultValue = "1,2", min = 1) List<Integer> counts,
                        @Option(doc = "h") Optional<Double> target,
                        @Option(doc = "i", defaultValue = "a, b") List<String> layers""")
                .stage("Load", "load", """
                        @Option(doc = "file of the pretrained network") java.nio.file.Path model,
                        @Option(doc = "folder of the data", gives = "data") Optional<java.nio.file.Path> data""")
                .stage("Taught", "taught", """
                        @Option(doc = "whose answers", defaultValue = "", needs = "network:*") String teacher,
                        @Option(doc = "names", gives = "network:at-*") Optional<List<Double>> marks,
                        @Option(doc = "what goes", gives = "by:*", needs = "for:*") Optional<Chosen<Criterion<Record>>> criterion""")
                .stage("Prune", "prune", "@Option(doc = \"what goes\") Optional<Chosen<Pruner<Record>>> pruner")
                .stage("None", "none", "")
                .stage("Endless", "endless", "@Option(doc = \"d\", defaultValue = \"itself\") Chosen<Criterion<?>> criterion")
                .criterion("Itself", "itself", "BASIS_VECTOR",
                        "@Option(doc = \"d\", defaultValue = \"itself\") Chosen<Criterion<?>> inner")
                .criterion("Taylor", "taylor", "BASIS_VECTOR",
                        "@Option(doc = \"minibatches to sum over\", defaultValue = \"4\", min = 1, max = 64) int batches")
                .criterion("L2", "l2", "CHANNEL", "")
                .criterion("Random", "random", "CHANNEL", "")
                .source("RandomPruner", """
                        @Extension @Named("random") public final class RandomPruner implements Pruner<NoOptions> {
                            public PruningPlan plan(Candidate c, Selection s, NoOptions o, StageContext x) { return null; }
                        }
                        """)
                .source("Shy", """
                        record ShyOptions(@Option(doc = "u", defaultValue = "x") String unsaid,
                                @Option(doc = "s", defaultValue = "x", needs = "network:*") String said) {
                            public String said() {
                                throw new IllegalStateException("not to be told");
                            }
                            public String unsaid() {
                                throw new IllegalStateException("nobody asks");
                            }
                        }
                        @Extension @Named("shy") public final class Shy extends Halfway<ShyOptions> {}
                        """)
                .source("Checked", """
                        abstract class Halfway<T extends Record> implements Stage<T> {
                            public Candidate apply(Candidate candidate, T options, StageContext context) { return candidate; }
                        }
                        @Extension @Named("checked") @Flow(needs = {"decomposed"}) public final class Checked
                                extends Halfway<CheckedOptions> {}
                        record CheckedOptions(@Option(doc = "l", defaultValue = "1") int low,
                                @Option(doc = "h", defaultValue = "2") int high) {
                            CheckedOptions {
                                if (low > high) {
                                    throw new IllegalArgumentException("low=" + low + " is above high=" + high);
                                }
                                if (low < 0) {
                                    throw new UnsupportedOperationException("negative");
                                }
                            }
                        }
                        """);
    }

    @AfterAll
    static void close() {
        catalog.close();
    }

    @Test
    void anOptionGivesItsFactWhenItIsGiven() {
        String model = temporary.resolve("model.zip").toString();
        assertThat(bind("load", Map.of("model", model)).gives()).isEmpty();
        assertThat(bind("load", Map.of("model", model, "data", "")).gives()).isEmpty();
        assertThat(bind("load", Map.of("model", model, "data", "bundled:digits")).gives()).containsExactly("data");
    }

    @Test
    void whatAnOptionGivesAndNeedsMayHoldItsValues() {
        BoundOptions none = bind("taught", Map.of());
        assertThat(none.gives()).isEmpty();
        assertThat(none.needs()).isEmpty();
        BoundOptions some = bind("taught", Map.of("teacher", "scaled", "marks", "0.50, 0.9", "criterion", "l2"));
        assertThat(some.gives()).containsExactlyInAnyOrder("network:at-0.5", "network:at-0.9", "by:l2");
        assertThat(some.needs()).contains("network:scaled", "for:l2");
    }

    @Test
    void anOptionThatDoesNotTellItsValueIsRefusedByName() {
        assertThatExceptionOfType(InputException.class).isThrownBy(() -> bind("shy", Map.of()))
                .withMessageContainingAll("ShyOptions", "when asked for 'said'", "leave that method to Java");
    }

    @Test
    void aDeclaredFactCouldBeThoseOfItsForm() {
        assertThat(OptionFacts.couldBe("data", "data")).isTrue();
        assertThat(OptionFacts.couldBe("data", "data2")).isFalse();
        assertThat(OptionFacts.couldBe("network:*", "network:scaled")).isTrue();
        assertThat(OptionFacts.couldBe("network:at-*", "network:scaled")).isFalse();
        assertThat(OptionFacts.couldBe("aba*aba", "aba")).as("begin and end do not share letters").isFalse();
    }

    private static BoundOptions bind(String stage, Map<String, String> given) {
        return catalog.bind(catalog.find(Stage.class, stage), given);
    }

    private static void assertRefused(String stage, Map<String, String> given, String option, String message) {
        assertThatExceptionOfType(OptionException.class).isThrownBy(() -> bind(stage, given)).satisfies(e -> {
            assertThat(e.getMessage()).isEqualTo(message);
            assertThat(e.option()).isEqualTo(option);
        });
    }

    private static Map<String, Object> values(Record options) {
        return Arrays.stream(options.getClass().getRecordComponents())
                .collect(Collectors.toMap(RecordComponent::getName, component -> value(options, component)));
    }

    private static Object value(Record options, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(options);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void optionsOfAChosenExtensionMayStandBehindItsName() {
        BoundOptions inline = bind("threshold", Map.of("criterion", "taylor?batches=8"));
        assertThat(inline.asText()).isEqualTo(bind("threshold", Map.of("criterion", "taylor", "criterion.batches", "8")).asText());
        assertRefused("threshold", Map.of("criterion", "taylor?batches=0"), "criterion.batches",
                "criterion.batches=0 is out of range: minibatches to sum over, 1 <= criterion.batches <= 64");
        assertRefused("threshold", Map.of("criterion", "taylor?batches"), "criterion",
                "'batches' behind taylor? is no option; write option=value, with & between options");
        assertRefused("threshold", Map.of("criterion", "taylor?batches=8", "criterion.batches", "4"), "criterion",
                "'criterion.batches' is given twice; leave one of the two out");
    }

    @Test
    void everySimpleTypeHasItsDefault() {
        Map<String, Object> values = values(bind("simple", Map.of()).value());
        assertThat(values).containsEntry("epochs", 1).containsEntry("seed", 2L).containsEntry("rate", 0.5).containsEntry("strict", false)
                .containsEntry("split", "validation").containsEntry("counts", List.of(1, 2)).containsEntry("layers", List.of("a", "b"))
                .containsEntry("target", Optional.empty());
        assertThat(values.get("size")).hasToString("VERY_LARGE");
    }

    @Test
    void everySimpleTypeIsReadAsWritten() {
        Map<String, Object> values = values(bind("simple", Map.of(
                "epochs", " 12 ", "seed", "-9000000000", "rate", "1e-3", "strict", "true", "split", "test set+x", "size", "small",
                "counts", "3, 4,5", "target", ".95", "layers", "")).value());
        assertThat(values).containsEntry("epochs", 12).containsEntry("seed", -9000000000L).containsEntry("rate", 0.001)
                .containsEntry("strict", true).containsEntry("split", "test set+x").containsEntry("counts", List.of(3, 4, 5))
                .containsEntry("target", Optional.of(0.95)).containsEntry("layers", List.of());
        assertThat(values.get("size")).hasToString("SMALL");
    }

    @Test
    void anOptionalThatIsGivenEmptyIsAbsent() {
        assertThat(values(bind("simple", Map.of("target", "")).value())).containsEntry("target", Optional.empty());
    }

    @Test
    void theEntriesTellEveryOptionInOrderWithWhereItCameFrom() {
        BoundOptions bound = bind("threshold", Map.of("fraction", "0.30", "criterion.batches", "08"));
        assertThat(bound.entries())
                .extracting(BoundOptions.Entry::name, BoundOptions.Entry::value, BoundOptions.Entry::canonical, BoundOptions.Entry::given)
                .containsExactly(
                        tuple("criterion", "taylor", "taylor", false),
                        tuple("criterion.batches", "08", "8", true),
                        tuple("fraction", "0.30", "0.3", true));
        assertThat(bound.asText()).containsEntry("criterion.batches", "08");
    }

    @Test
    void aChosenExtensionBringsItsOptionsAndItsNeeds() {
        BoundOptions bound = bind("threshold", Map.of("criterion.batches", "8"));
        Chosen<?> chosen = (Chosen<?>) values(bound.value()).get("criterion");
        assertThat(chosen.name()).isEqualTo("taylor");
        assertThat(chosen.criterion()).isPresent();
        assertThat(values(chosen.options())).containsEntry("batches", 8);
        assertThat(bound.chosen()).extracting(Extension::name).containsExactly("threshold", "taylor");
        assertThat(bound.needs()).containsExactly("basis_vector");
    }

    @Test
    void aCriterionOfChannelsServesAsAPruner() {
        Extension found = catalog.find(Pruner.class, "l2");
        assertThat(found.point()).isEqualTo(Criterion.class);
        Chosen<?> chosen = (Chosen<?>) ((Optional<?>) values(bind("prune", Map.of("pruner", "l2")).value()).get("pruner")).orElseThrow();
        assertThat(chosen.criterion()).isPresent();
    }

    @Test
    void aPrunerIsPreferredToACriterionOfItsName() {
        assertThat(catalog.find(Pruner.class, "random").point()).isEqualTo(Pruner.class);
        assertThat(catalog.find(Criterion.class, "random").point()).isEqualTo(Criterion.class);
        assertThat(catalog.all(Pruner.class)).extracting(Extension::name).containsExactly("l2", "random");
    }

    @Test
    void anUnknownExtensionIsRefusedWithWhatMayHaveBeenMeant() {
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> catalog.find(Stage.class, "treshold"))
                .withMessage("there is no stage 'treshold'; did you mean 'threshold'?"
                        + " (stages: checked, endless, load, none, prune, shy, simple, taught, threshold)");
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> catalog.find(Pruner.class, "taylor"))
                .withMessage("there is no pruner 'taylor'; the criterion of that name does not score channels (pruners: l2, random)");
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> catalog.find(ModelReader.class, "keras"))
                .withMessageStartingWith("there is no model reader 'keras': no plugin at hand brings a model reader (looked in ");
        assertRefused("threshold", Map.of("criterion", "tailor"), "criterion",
                "criterion=tailor: there is no criterion 'tailor'; did you mean 'taylor'? (criteria: itself, l2, random, taylor)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "epochs | three       | epochs=three is no whole number",
        "epochs | 1.5         | epochs=1.5 is no whole number",
        "epochs | ''          | epochs= is no whole number",
        "epochs | 99999999999 | epochs=99999999999 is out of range: at most 2147483647 can be had",
        "epochs | 0           | epochs=0 is out of range: a, epochs >= 1",
        "rate   | NaN         | rate=NaN is no number",
        "rate   | Infinity    | rate=Infinity is no number",
        "rate   | 1e999       | rate=1e999 is too large for a number",
        "rate   | 10          | rate=10 is out of range: c, 0 <= rate < 10",
        "rate   | 20%         | rate=20% is no number; write 0.2",
        "rate   | 0x1p3       | rate=0x1p3 is no number",
        "strict | yes         | strict=yes is neither true nor false",
        "size   | very_large  | size=very_large is none of small, very-large; did you mean 'very-large'?",
        "counts | 1,0         | counts=0 is out of range: g, counts >= 1",
        "counts | 1,,2        | counts= is no whole number",
        "target | none        | target=none is no number",
    })
    void aWrongValueIsRefused(String option, String value, String message) {
        assertRefused("simple", Map.of(option, value), option, message);
    }

    @Test
    void aValueOutOfRangeIsRefusedWithItsMeaningAndItsRange() {
        assertRefused("threshold", Map.of("fraction", "1.5"), "fraction",
                "fraction=1.5 is out of range: share of the remaining units to remove, 0 < fraction < 1");
        assertRefused("threshold", Map.of("criterion.batches", "65"), "criterion.batches",
                "criterion.batches=65 is out of range: minibatches to sum over, 1 <= criterion.batches <= 64");
    }

    @Test
    void anUnknownOptionIsRefusedWithWhatMayHaveBeenMeant() {
        assertRefused("threshold", Map.of("fractoin", "0.2"), "fractoin", "stage:threshold has no option 'fractoin'; did you mean"
                + " 'fraction' (share of the remaining units to remove, 0 < fraction < 1)?");
        assertRefused("threshold", Map.of("xyz", "1"), "xyz",
                "stage:threshold has no option 'xyz'; it has criterion, fraction");
        assertRefused("none", Map.of("xyz", "1"), "xyz", "stage:none has no option 'xyz'; it has none");
        assertRefused("threshold", Map.of("criterion.batchs", "1"), "criterion.batchs", "criterion 'taylor' has no option 'batchs'"
                + " (written 'criterion.batchs'); did you mean 'criterion.batches' (minibatches to sum over,"
                + " 1 <= criterion.batches <= 64)?");
        assertRefused("load", Map.of("modle", "x"), "modle",
                "stage:load has no option 'modle'; did you mean 'model' (file of the pretrained network)?");
    }

    @Test
    void anOptionOfAnExtensionThatIsNotChosenIsRefused() {
        assertRefused("threshold", Map.of("criterion", "l2", "criterion.batches", "8"), "criterion.batches",
                "criterion 'l2' has no option 'batches' (written 'criterion.batches'); it is an option of criterion 'taylor'");
        assertRefused("prune", Map.of("pruner.x", "8"), "pruner.x",
                "'pruner.x' is given but 'pruner' is not; give pruner=NAME too");
    }

    @Test
    void aMissingOptionIsNamedWithItsMeaning() {
        assertRefused("load", Map.of(), "", "stage:load needs the option 'model' (file of the pretrained network)");
    }

    @Test
    void whatTheRecordItselfRefusesIsRefusedInItsWords() {
        assertRefused("checked", Map.of("low", "3"), "", "stage:checked: low=3 is above high=2");
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> bind("checked", Map.of("low", "-1")))
                .withMessageContainingAll("demo.jar", "stage:checked", "negative");
    }

    @Test
    void optionsAreFoundThroughAGenericSuperclass() {
        assertThat(values(bind("checked", Map.of("high", "7")).value())).containsEntry("low", 1).containsEntry("high", 7);
        assertThat(bind("checked", Map.of()).needs()).containsExactly("decomposed");
    }

    @Test
    void defaultsThatChooseThemselvesForEverAreRefused() {
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> bind("endless", Map.of()))
                .withMessageContainingAll("demo.jar", "criterion 'itself'", "without end");
    }

    @Test
    void aFileIsFoundAndItsContentStandsForIt() throws Exception {
        Path file = temporary.resolve("model.zip");
        BoundOptions bound = bind("load", Map.of("model", file.toString()));
        assertThat(values(bound.value())).containsEntry("model", file);
        String sha = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest("weights".getBytes()));
        assertThat(bound.entries().get(0).canonical()).isEqualTo(sha);
    }

    @Test
    void whatLiesBesideAFileUnderALongerNameIsPartOfIt() throws Exception {
        Path file = Files.writeString(temporary.resolve("net.onnx"), "graph");
        String alone = model(file);
        Path data = Files.writeString(temporary.resolve("net.onnx.data"), "weights");
        String whole = model(file);
        Files.writeString(data, "other weights");
        assertThat(List.of(alone, whole, model(file))).doesNotHaveDuplicates().allSatisfy(digest -> assertThat(digest).hasSize(64));
    }

    private String model(Path file) {
        return bind("load", Map.of("model", file.toString())).entries().get(0).canonical();
    }

    @Test
    void aRelativeFileIsTakenFromTheWorkingFolder() {
        BoundOptions bound = bind("load", Map.of("model", "pom.xml"));
        assertThat(values(bound.value())).containsEntry("model", Path.of("pom.xml").toAbsolutePath());
    }

    @Test
    void aMissingFileIsRefusedWithTheFolderThatItWasLookedForIn() {
        assertRefused("load", Map.of("model", "vgg.h5"), "model",
                "model=vgg.h5: there is no file or folder 'vgg.h5' in " + Path.of("").toAbsolutePath());
        assertRefused("load", Map.of("model", "/nowhere/vgg.h5"), "model",
                "model=/nowhere/vgg.h5: there is no file or folder '/nowhere/vgg.h5'");
        assertRefused("load", Map.of("model", ""), "model", "model= names no file or folder; write the path of one");
    }

    @Test
    void whatTheDistributionBundlesIsFoundByName() {
        BoundOptions bound = bind("load", Map.of("model", "bundled:digits"));
        assertThat(values(bound.value())).containsEntry("model", temporary.resolve("home/assets/digits"));
        assertRefused("load", Map.of("model", "bundled:digit"), "model", "model=bundled:digit: nothing called 'digit' is bundled in "
                + temporary.resolve("home/assets") + "; did you mean 'digits'?");
        assertRefused("load", Map.of("model", "bundled:../../model.zip"), "model",
                "model=bundled:../../model.zip: nothing called '../../model.zip' is bundled in " + temporary.resolve("home/assets"));
    }

    @Test
    void theDigestOfAFolderChangesWithNamesAndContentsAndWithNothingElse(@TempDir Path folder) throws IOException {
        Files.createDirectories(folder.resolve("a"));
        Path image = Files.writeString(folder.resolve("a/1.png"), "one");
        String before = canonical(folder);
        Files.setLastModifiedTime(image, FileTime.fromMillis(0));
        assertThat(canonical(folder)).isEqualTo(before);
        Files.writeString(image, "two");
        Files.setLastModifiedTime(image, FileTime.fromMillis(1000));
        String changed = canonical(folder);
        assertThat(changed).isNotEqualTo(before);
        Files.move(image, folder.resolve("a/2.png"));
        assertThat(canonical(folder)).isNotEqualTo(changed).isNotEqualTo(before);
    }

    @Test
    void bindingReadsNoFile(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("model"), "weights");
        BoundOptions bound = bind("load", Map.of("model", file.toString()));
        Files.delete(file);
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> bound.entries().get(0).canonical())
                .withMessageContaining(file.toString());
    }

    private static String canonical(Path folder) {
        return bind("load", Map.of("model", folder.toString())).entries().get(0).canonical();
    }

    @Test
    void aDescriptionTellsEverythingThatAUserMayWrite() {
        assertThat(catalog.describe(catalog.find(Stage.class, "threshold"))).usingRecursiveFieldByFieldElementComparatorIgnoringFields("shape").containsExactly(
                new OptionDescription("criterion", "criterion", "how units are scored", Optional.of("taylor"), false, "", null),
                new OptionDescription("criterion.batches", "whole number", "minibatches to sum over", Optional.of("4"), false,
                        "1 <= criterion.batches <= 64", null),
                new OptionDescription("fraction", "number", "share of the remaining units to remove", Optional.of("0.2"), false,
                        "0 < fraction < 1", null));
        assertThat(catalog.describe(catalog.find(Stage.class, "simple")))
                .extracting(OptionDescription::type)
                .containsExactly("whole number", "whole number", "number", "true or false", "text", "one of small, very-large",
                        "list, separated by commas, of: whole number", "number", "list, separated by commas, of: text");
        assertThat(catalog.describe(catalog.find(Stage.class, "load"))).usingRecursiveFieldByFieldElementComparatorIgnoringFields("shape").containsExactly(
                new OptionDescription("model", "file or folder", "file of the pretrained network", Optional.empty(), true, "", null),
                new OptionDescription("data", "file or folder", "folder of the data", Optional.empty(), false, "", null));
    }

    @Test
    void aDescriptionTellsProgramsTheSame() {
        assertThat(catalog.describe(catalog.find(Stage.class, "simple"))).extracting(option -> option.shape().kind()).containsExactly(
                Kind.WHOLE, Kind.WHOLE, Kind.DECIMAL, Kind.TRUTH, Kind.TEXT, Kind.CHOICE, Kind.WHOLE, Kind.DECIMAL, Kind.TEXT);
        assertThat(catalog.describe(catalog.find(Stage.class, "simple"))).filteredOn(option -> option.shape().kind() == Kind.CHOICE)
                .singleElement().satisfies(option -> assertThat(option.shape().words()).containsExactly("small", "very-large"));
        List<OptionDescription> threshold = catalog.describe(catalog.find(Stage.class, "threshold"));
        assertThat(threshold.get(0).shape().point()).contains(Criterion.class);
        assertThat(threshold.get(2).shape().range()).isEqualTo(new Range(0, false, 1, false));
    }
}
