package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code plugins verify}, {@code new} and {@code kit} on what is right and what is wrong. */
class PluginsVerifyIT {

    /** What readers are tried on, and what stages must be told. */
    private static final List<String> GIVEN = List.of(
            "-o", "load.model=bundled:fashion-vgg.zip", "-o", "load.data=bundled:mnist-small", "-o", "load.train=50", "-o", "load.validation=20",
            "-o", "train.epochs=1", "-o", "train-scalings.epochs=1",
            "--sample", "dl4j=" + Espalier.HOME.resolve("assets/fashion-vgg.zip"),
            "--sample", "architecture=" + Espalier.HOME.resolve("assets/fashion-vgg.json"),
            "--sample", "idx=" + Espalier.HOME.resolve("assets/mnist-small"));

    @TempDir
    private Path folder;

    static List<Path> shipped() throws IOException {
        try (Stream<Path> jars = Files.list(Espalier.HOME.resolve("plugins"))) {
            return jars.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void everyShippedPluginHolds(Path jar) {
        List<String> order = new ArrayList<>(List.of("plugins", "verify", jar.toString(), "--limit", "300"));
        order.addAll(GIVEN);
        assertThat(espalier(order).endsWith(0).out()).doesNotContain("BROKEN");
    }

    private Espalier.Said verify(ThirdPartyJar jar) {
        Path plugins = jar.in(folder.resolve("plugins"));
        try (Stream<Path> made = Files.list(plugins)) {
            return espalier("plugins", "verify", made.toList().get(0).toString());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ThirdPartyJar stage(String name) {
        return new ThirdPartyJar("mine").source("mine/Mine.java", """
                package mine;
                import io.espalier.api.*;
                @org.pf4j.Extension @Named(value = "%s", doc = "Does nothing.") @Flow(needs = "loaded")
                public final class Mine implements Stage<NoOptions> {
                    public Candidate apply(Candidate candidate, NoOptions options, StageContext context) { return candidate; }
                }
                """.formatted(name));
    }

    @Test
    void whatIsBrokenIsNamedWithItsMendAndTheCommandFails() {
        Espalier.Said said = verify(stage("idle")).endsWith(1);
        assertThat(said.out()).contains("BROKEN", "mine.jar has no Plugin-License", "holds        stage 'idle'", "of 14 claims hold, 1 broken");
    }

    @Test
    void aNameThatIsTakenIsRefusedWithBothJars() {
        assertThat(verify(stage("load")).endsWith(2).err()).contains("mine.jar", "the stage 'load'", "espalier-stages", "rename it");
    }

    @Test
    void whatIsNoPluginIsRefused() throws IOException {
        assertThat(verify(new ThirdPartyJar("x").withoutManifest("Plugin-Id").withoutManifest("Plugin-Requires").withoutManifest("Plugin-Version")
                .entry("readme.txt", "hello")).endsWith(2).err()).contains("is no plugin");
        Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
        assertThat(espalier("plugins", "verify", text.toString()).endsWith(2).err()).contains("text.jar", "no readable jar");
        assertThat(espalier("plugins", "verify", folder.resolve("gone.jar").toString()).endsWith(2).err()).contains("there is no file", "gone.jar");
        assertThat(espalier("plugins", "verify", text.toString(), "--limit", "0").endsWith(2).err()).contains("--limit=0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "Peak Weight | criterion | 'Peak Weight' is no name",
        "2nd         | criterion | '2nd' is no name",
        "a--b        | criterion | 'a--b' is no name",
        "l1          | criterion | the name 'l1' is taken: plugin espalier-filters",
        "load        | stage     | the name 'load' is taken: plugin espalier-stages",
        "stage       | stage     | means something else",
        "string      | criterion | means something else",
        "mine        | filter    | there is no kind 'filter'",
    })
    void namesThatCannotBeAreRefusedBeforeAnythingIsWritten(String name, String kind, String words) {
        Espalier.Said said = espalier("plugins", "new", name, "--kind", kind, "--in", folder.toString(), "--maven-repository", folder.resolve("m2").toString()).endsWith(2);
        assertThat(said.err()).contains(words);
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"io.espalier.mine, package of Espalier's own", "org.example.class, no name of a Java package", "a b, no name of a Java package"})
    void packagesThatCannotBeAreRefused(String packageName, String words) {
        assertThat(espalier("plugins", "new", "mine", "--kind", "stage", "--package", packageName, "--in", folder.toString()).endsWith(2).err()).contains(words);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFolderThatIsNotEmptyIsLeftAsItIs() throws IOException {
        Path there = Files.writeString(Files.createDirectory(folder.resolve("mine")).resolve("notes.txt"), "mine");
        assertThat(espalier("plugins", "new", "mine", "--kind", "stage", "--in", folder.toString()).endsWith(2).err()).contains("is not empty", "notes.txt", "nothing was written");
        assertThat(there.getParent()).isDirectoryContaining(path -> path.equals(there)).isDirectoryNotContaining(path -> !path.equals(there));
    }

    @Test
    void theKitIsPutIntoTheRepositoryThatMavenIsToldOf() {
        Path repository = folder.resolve("m2");
        assertThat(espalier("plugins", "kit", "--maven-repository", repository.toString()).endsWith(0).out()).contains(repository.toString());
        assertThat(repository.resolve("io/espalier/espalier-core/0.1.0/espalier-core-0.1.0.pom")).content().doesNotContain("<parent>");
        assertThat(repository.resolve("io/espalier/espalier-testkit/0.1.0/espalier-testkit-0.1.0.jar")).isRegularFile();
    }
}
