package io.espalier.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.espalier.api.ApiVersion;
import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every refusal names the plugin's file, what is wrong and the mend. */
class RefusedPluginTest {

    private static final String INDEX = "META-INF/extensions.idx";

    @TempDir
    private Path temporary;

    private PluginBuild build() {
        return new PluginBuild(temporary.resolve("plugins")).stage("Idle", "idle", "");
    }

    private PluginBuild empty() {
        return new PluginBuild(temporary.resolve("plugins"));
    }

    private Catalog open() {
        return Catalog.open(List.of(temporary.resolve("plugins")), temporary);
    }

    private void assertRefused(PluginBuild build, String... words) throws IOException {
        build.jar("third-party.jar");
        assertRefused("third-party.jar", words);
    }

    private void assertRefused(String file, String... words) {
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> open().close())
                .satisfies(e -> assertThat(e.getMessage()).contains(file).contains(words));
    }

    @ParameterizedTest
    @CsvSource({
        "org/nd4j/linalg/factory/Nd4j.class, org.nd4j",
        "org/deeplearning4j/nn/api/Layer.class, org.deeplearning4j",
        "org/bytedeco/openblas/linux-x86_64/libjniopenblas.so, org.bytedeco",
        "org/slf4j/Logger.class, org.slf4j",
        "io/espalier/api/Stage.class, io.espalier.api",
        "META-INF/versions/17/io/espalier/network/Network.class, io.espalier.network",
    })
    void aJarThatBundlesWhatEspalierBringsIsRefused(String entry, String shared) throws IOException {
        String named = entry.replace("META-INF/versions/17/", "");
        assertRefused(build().entry(entry, "anything"), "bundles " + named, "take " + shared + " from Espalier", "scope 'provided'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  "})
    void aBlankRequiresIsRefused(String requires) throws IOException {
        assertRefused(build().manifest("Plugin-Requires", requires), "no Plugin-Requires", "'>=" + ApiVersion.CURRENT + "'");
    }

    @Test
    void aMissingRequiresIsRefused() throws IOException {
        assertRefused(build().withoutManifest("Plugin-Requires"), "no Plugin-Requires", ">=");
    }

    @ParameterizedTest
    @ValueSource(strings = {">=99.0.0", "<0.1.0", "99.0.0", "~98.1"})
    void aRequiresThatThisEspalierDoesNotSatisfyIsRefused(String requires) throws IOException {
        assertRefused(build().manifest("Plugin-Requires", requires), "requires Espalier's API " + requires, "this is " + ApiVersion.CURRENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"latest", ">=", "0.1.0 &", ">=0.1.0 or so"})
    void aRequiresThatCannotBeReadIsRefused(String requires) throws IOException {
        assertRefused(build().manifest("Plugin-Requires", requires), "Plugin-Requires '" + requires + "'", "cannot be read", "for example");
    }

    @ParameterizedTest
    @ValueSource(strings = {">=0.1.0 & <1.0.0", "0.1.0", "0.x", "*"})
    void aRequiresThatThisEspalierSatisfiesIsAccepted(String requires) throws IOException {
        build().manifest("Plugin-Requires", requires).jar("third-party.jar");
        try (Catalog catalog = open()) {
            assertThat(catalog.plugins()).extracting(Extension.Plugin::id).containsExactly("demo");
        }
    }

    @Test
    void requiresIsComparedWithTheVersionOfTheApiAndNotOfTheProgram() throws IOException {
        assertThat(CoreVersion.read()).isNotEqualTo(ApiVersion.CURRENT);
        build().manifest("Plugin-Requires", ">=" + ApiVersion.CURRENT).jar("new.jar");
        open().close();
        assertRefused(build().manifest("Plugin-Requires", "<=" + CoreVersion.read()), "this is " + ApiVersion.CURRENT);
    }

    @Test
    void aJarThatIsNoPluginIsRefused() throws IOException {
        assertRefused(
                build().withoutManifest("Plugin-Id").withoutManifest("Plugin-Version").withoutManifest("Plugin-Requires"),
                "is no plugin", "Plugin-Id", "keep other jars out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "my criteria", "../x"})
    void anIdThatIsNoneIsRefused(String id) throws IOException {
        assertRefused(build().id(id), "Plugin-Id is '" + id + "'", "for example 'my-criteria'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "one", "1.0"})
    void aVersionThatIsNoneIsRefused(String version) throws IOException {
        assertRefused(build().manifest("Plugin-Version", version), "Plugin-Version is '" + version + "'", "'1.0.0'");
    }

    @Test
    void anEmptyFileIsRefused() throws IOException {
        Files.createFile(Files.createDirectories(temporary.resolve("plugins")).resolve("empty.jar"));
        assertRefused("empty.jar", "no readable jar", "copy it again");
    }

    @Test
    void aTruncatedJarIsRefused() throws IOException {
        Path jar = build().jar("cut.jar");
        byte[] whole = Files.readAllBytes(jar);
        Files.write(jar, Arrays.copyOf(whole, whole.length / 2));
        assertRefused("cut.jar", "no readable jar", "copy it again");
    }

    @Test
    void aFolderNamedLikeAJarIsRefused() throws IOException {
        Files.createDirectories(temporary.resolve("plugins/folder.jar"));
        assertRefused("folder.jar", "no readable jar");
    }

    @Test
    void aFolderThatIsNotThereIsRefused() {
        assertRefused("plugins", "cannot be read", "name a folder that holds plugin jars");
    }

    @Test
    void aPluginThatNeedsOthersIsRefused() throws IOException {
        assertRefused(build().manifest("Plugin-Dependencies", "other@1.0.0"), "Plugin-Dependencies", "into its jar");
        assertRefused(build().manifest("Class-Path", "lib/other.jar"), "Class-Path", "into its jar");
    }

    @Test
    void aPluginClassThatCannotBeStartedIsRefused() throws IOException {
        assertRefused(build().manifest("Plugin-Class", "demo.Nowhere"), "Plugin-Class demo.Nowhere", "not in the jar", "leave it out");
        assertRefused(build().manifest("Plugin-Class", "demo.Hook").source("Hook", """
                public class Hook extends org.pf4j.Plugin { public void start() { throw new IllegalStateException("no luck"); } }
                """), "Plugin-Class demo.Hook", "no luck", "leave it out");
    }

    @Test
    void aJarCompiledWithoutTheAnnotationProcessorIsRefused() throws IOException {
        assertRefused(
                build().withoutProcessor(), "no META-INF/extensions.idx", "org.pf4j.processor.ExtensionAnnotationProcessor", "JDK 23");
    }

    @Test
    void anEmptyIndexIsRefused() throws IOException {
        assertRefused(empty().entry(INDEX, "# Generated by PF4J\n"), "brings no extension", "@Extension");
    }

    @Test
    void anExtensionThatTheIndexForgotIsRefused() throws IOException {
        assertRefused(build().stage("Other", "other", "").entry(INDEX, "demo.Idle\n"), "demo.Other", "does not list it", "clean");
    }

    @Test
    void anIndexThatListsAClassThatIsNotThereIsRefused() throws IOException {
        assertRefused(build().entry(INDEX, "demo.Idle\ndemo.Gone\n"), "lists demo.Gone", "not in the jar", "clean");
    }

    @Test
    void anIndexThatListsAClassOfTheParentsClassPathIsRefused() throws IOException {
        String ours = RefusedPluginTest.class.getName();
        assertRefused(empty().entry(INDEX, ours), ours, "Espalier's own class path", "put the class into the jar");
    }

    @Test
    void anExtensionWhoseConstructorThrowsIsRefused() throws IOException {
        assertRefused(idle("public Idle() { throw new IllegalStateException(\"no luck\"); }"), "demo.Idle", "no luck", "mend");
    }

    @Test
    void anExtensionWhoseClassCannotBeInitialisedIsRefused() throws IOException {
        assertRefused(idle("static final int X = Integer.parseInt(\"x\");"), "demo.Idle", "cannot be instantiated");
    }

    @Test
    void anExtensionWithoutAPublicConstructorWithoutParametersIsRefused() throws IOException {
        assertRefused(idle("public Idle(int x) {}"), "demo.Idle", "public constructor without parameters");
        assertRefused(idle("private Idle() {}"), "demo.Idle", "public constructor without parameters");
    }

    @Test
    void anExtensionThatIsNotPublicIsRefused() throws IOException {
        assertRefused(idle("").source("Idle", idleSource("").replace("public final class", "final class")), "demo.Idle", "public class");
    }

    @Test
    void anExtensionOfSomethingElseIsRefused() throws IOException {
        PluginBuild build = empty().source("Other", """
                @Extension @Named("other") public final class Other implements org.pf4j.ExtensionPoint {}
                """);
        assertRefused(build, "demo.Other", "implements no extension point", "Stage, Criterion, Pruner");
    }

    @Test
    void anExtensionCompiledForANewerJavaIsRefused() throws IOException {
        byte[] newer = new byte[8];
        System.arraycopy(new byte[] {(byte) 0xCA, (byte) 0xFE, (byte) 0xBA, (byte) 0xBE, 0, 0, 0, 99}, 0, newer, 0, 8);
        byte[] whole = Arrays.copyOf(newer, 200);
        assertRefused(empty().entry("demo/New.class", whole).entry(INDEX, "demo.New"), "demo.New", "newer Java", "--release 17");
    }

    @Test
    void anExtensionWithoutANameIsRefused() throws IOException {
        assertRefused(empty().source("Idle", idleSource("").replace("@Named(\"idle\")", "")), "demo.Idle", "has no name", "@Named");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Idle", "2nd", "do it", "a_b", "stage:x"})
    void anIllegalNameIsRefused(String name) throws IOException {
        assertRefused(empty().stage("Idle", name, ""), "@Named(\"" + name + "\")", "lower-case letters, digits and hyphens");
    }

    @Test
    void twoPluginsWithExtensionsOfOneNameAreBothNamed() throws IOException {
        build().jar("first.jar");
        build().id("demo-2").jar("second.jar");
        assertRefused("first.jar", "second.jar", "the stage 'idle'", "take one of the two away");
    }

    @Test
    void twoPluginsOfOneIdAreBothNamed() throws IOException {
        build().jar("first.jar");
        empty().stage("Other", "other", "").jar("second.jar");
        assertRefused("first.jar", "second.jar", "Plugin-Id 'demo'", "take one of the two away");
    }

    @Test
    void aFolderNamedTwiceIsReadOnce() throws IOException {
        build().jar("first.jar");
        Path plugins = temporary.resolve("plugins");
        try (Catalog catalog = Catalog.open(List.of(plugins, plugins.resolve("../plugins")), temporary)) {
            assertThat(catalog.plugins()).hasSize(1);
        }
    }

    @Test
    void filesOfPf4jThatSwitchPluginsOffChangeNothing() throws IOException {
        build().jar("first.jar");
        Files.writeString(temporary.resolve("plugins/disabled.txt"), "demo\n");
        try (Catalog catalog = open()) {
            assertThat(catalog.all()).extracting(Extension::name).containsExactly("idle");
        }
    }

    @Test
    void optionsThatCannotBeToldAreRefused() throws IOException {
        assertRefused(empty().source("Idle", idleSource("").replace("Stage<NoOptions>", "Stage<Record>").replace("NoOptions o", "Record o")),
                "which options demo.Idle has cannot be told", "Stage<NoOptions>");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "int epochs                                                     | 'epochs' has no @Option",
        "@Option(doc = \"d\") Map<String, String> x                     | 'x' is a java.util.Map",
        "@Option(doc = \"d\") List<Chosen<Criterion<?>>> x              | 'x' is a java.util.List",
        "@Option(doc = \"d\") float x                                   | 'x' is a float",
        "@Option(doc = \"d\") Chosen<String> x                          | 'x' is a",
        "@Option(doc = \"d\", min = 0) String x                         | 'x' has a range but is no number",
        "@Option(doc = \"d\", defaultValue = \"0\", min = 1) int x      | x=0 is out of range: d, x >= 1",
        "@Option(doc = \"d\", defaultValue = \"many\") int x            | x=many is no whole number",
        "@Option(doc = \"d\", defaultValue = \"NaN\") double x          | x=NaN is no number",
        "@Option(doc = \"d\", defaultValue = \"yes\") boolean x         | x=yes is neither true nor false",
        "@Option(doc = \"d\", defaultValue = \"tiny\") Size x           | x=tiny is none of small, very-large",
        "@Option(doc = \"d\", defaultValue = \"1,2,x\") List<Integer> x | x=x is no whole number",
    })
    void aWrongOptionsRecordIsRefused(String component, String words) throws IOException {
        assertRefused(empty().stage("Idle", "idle", component), "options", "demo.Idle", words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "org.deeplearning4j.nn.conf.layers.ConvolutionLayer | ",
        "org.deeplearning4j.nn.conf.graph.ScaleVertex       | public Mine() { super(2); }",
    })
    void aPluginThatBringsALayerIsRefused(String parent, String body) throws IOException {
        PluginBuild build = build().file("demo/Mine.java", """
                package demo;
                public class Mine extends %s { %s }
                """.formatted(parent, body == null ? "" : body));
        assertRefused(build, "the DL4J layer demo.Mine", "layers live in core: a saved network must load without the plugin");
    }

    @Test
    void aPluginThatOnlyUsesLayersIsNone() throws IOException {
        build().file("demo/User.java", """
                package demo;
                class User { org.deeplearning4j.nn.conf.layers.ConvolutionLayer layer; }
                """).jar("user.jar");
        try (Catalog catalog = open()) {
            assertThat(catalog.all()).extracting(Extension::name).containsExactly("idle");
        }
    }

    @Test
    void aCriterionThatScoresNothingIsRefused() throws IOException {
        assertRefused(empty().source("Nothing", """
                @Extension @Named("nothing") public final class Nothing implements Criterion<NoOptions> {
                    public Set<UnitKind> units() { return Set.of(); }
                    public INDArray score(UnitGroup g, NoOptions o, CriterionContext c) { return null; }
                }
                """), "demo.Nothing", "scores no kind of unit");
    }

    private PluginBuild idle(String member) {
        return empty().source("Idle", idleSource(member));
    }

    private static String idleSource(String member) {
        return """
                @Extension @Named("idle") public final class Idle implements Stage<NoOptions> {
                    %s
                    @Override public Candidate apply(Candidate candidate, NoOptions o, StageContext context) { return candidate; }
                }
                """.formatted(member);
    }
}
