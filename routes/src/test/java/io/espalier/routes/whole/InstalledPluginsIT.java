package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.espalier.api.ApiVersion;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pf4j.update.DefaultUpdateRepository;
import org.pf4j.update.FileVerifier;
import org.pf4j.update.PluginInfo;
import org.pf4j.update.verifier.Sha512SumVerifier;

/** Plugins that a user installs, from files and from repositories that may be at fault: all of a plugin, or nothing of it. */
class InstalledPluginsIT {

    private static final String CRITERION = """
            package mine;
            import io.espalier.api.*;
            import io.espalier.network.*;
            import java.util.Set;
            import org.nd4j.linalg.api.ndarray.INDArray;
            import org.nd4j.linalg.factory.Nd4j;
            @org.pf4j.Extension
            @Named(value = "%s", doc = "Scores by position, %s.")
            public final class Position implements Criterion<NoOptions> {
                public Set<UnitKind> units() { return Set.of(UnitKind.BASIS_VECTOR); }
                public INDArray score(UnitGroup group, NoOptions options, CriterionContext context) { return Nd4j.arange(group.size()); }
            }
            """;

    @TempDir
    private static Path compiled;

    @TempDir
    private Path folder;

    private Path installed;
    private Path repository;

    @BeforeEach
    void folders() throws IOException {
        installed = folder.resolve("installed");
        repository = Files.createDirectories(folder.resolve("repository"));
    }

    private static ThirdPartyJar position(String id, String version) {
        return new ThirdPartyJar(id).manifest("Plugin-Version", version).source("mine/Position.java", CRITERION.formatted(id, version));
    }

    /** Compiled once for all tests. */
    private Path jar(String id, String version) throws IOException {
        Path made = compiled.resolve(id + "-" + version);
        if (!Files.exists(made)) {
            position(id, version).in(made);
        }
        return Files.copy(made.resolve(id + ".jar"), repository.resolve(id + "-" + version + ".jar"));
    }

    private Path jar(ThirdPartyJar made, String id, String version) throws IOException {
        Path built = made.in(folder.resolve("built-" + id + "-" + version)).resolve(id + ".jar");
        return Files.move(built, repository.resolve(id + "-" + version + ".jar"));
    }

    private void index() {
        espalier("plugins", "index", repository.toString()).endsWith(0);
    }

    private Espalier.Said plugins(String... arguments) {
        List<String> all = new ArrayList<>(List.of("plugins"));
        all.addAll(List.of(arguments));
        return espalier(installed, all);
    }

    /** What lies in the folder of installed plugins, but for what is not of a plugin. */
    private List<String> content() throws IOException {
        if (!Files.exists(installed)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(installed)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> !name.equals(".lock") && !name.equals("sources.json")).sorted().toList();
        }
    }

    @Test
    void aPluginInstalledFromItsJarServesRunsWhichSayWhereItIsFromUntilItIsRemoved() throws IOException {
        Path jar = jar("position", "1.0.0");
        assertThat(plugins("install", jar.toString()).endsWith(0).out()).isEqualTo("position 1.0.0  " + installed.resolve("position.jar") + "\n");
        assertThat(content()).containsExactly("position.jar");
        assertThat(plugins("list").endsWith(0).out())
                .contains("position 1.0.0", "installed: " + installed.resolve("position.jar"), "distribution: " + Espalier.HOME.resolve("plugins/espalier-stages"));

        assertThat(espalier(installed, List.of("explain", "basis-scaling", "-p", "criterion=position")).endsWith(0).out()).contains("criterion", "position");
        RunFolder run = espalier(installed, List.of("run", "convert", "-p", "model=bundled:fashion-vgg.zip", "--no-tracking", "--run-dir", folder.resolve("runs").toString()))
                .endsWith(0).run();
        JsonNode plugin = StreamSupport.stream(run.json("run.json").path("plugins").spliterator(), false)
                .filter(one -> one.path("id").asText().equals("position")).findFirst().orElseThrow();
        assertThat(plugin.path("origin").asText()).isEqualTo("installed");
        assertThat(plugin.path("file").asText()).isEqualTo(installed.resolve("position.jar").toString());

        assertThat(plugins("remove", "position").endsWith(0).out()).contains("position is removed");
        assertThat(content()).isEmpty();
        assertThat(plugins("show", "position").endsWith(2).err()).contains("no plugin brings 'position'");
        assertThat(plugins("remove", "position").endsWith(2).err()).contains("no plugin 'position' is installed");
    }

    @Test
    void ofARepositoryTheNewestVersionForThisEspalierIsInstalledAndLaterUpdated() throws IOException {
        jar("position", "1.0.0");
        jar("position", "1.1.0");
        jar(position("position", "2.0.0").manifest("Plugin-Requires", ">=7.0.0"), "position", "2.0.0");
        index();
        try (WebServer server = new WebServer(repository)) {
            assertThat(plugins("install", "position", "--repository", server.address()).endsWith(0).out()).startsWith("position 1.1.0");
            assertThat(plugins("update").endsWith(0).out()).contains("position 1.1.0 is the newest for this Espalier");
            jar("position", "1.10.0");
            index();
            assertThat(plugins("update").endsWith(0).out()).startsWith("position 1.1.0 -> 1.10.0");
        }
        assertThat(plugins("list").endsWith(0).out()).contains("position 1.10.0");
        assertThat(plugins("install", "position@1.0.0", "--repository", repository.toString()).endsWith(0).out()).startsWith("position 1.10.0 -> 1.0.0");
        assertThat(plugins("update", "position", "--repository", repository.toString()).endsWith(0).out()).startsWith("position 1.0.0 -> 1.10.0");
        assertThat(content()).containsExactly("position.jar");
    }

    @Test
    void theIndexIsOneThatPf4jUpdateReadsAndItsSumsHold() throws Exception {
        jar("position", "1.0.0");
        Path jar = jar("position", "1.1.0");
        index();
        PluginInfo plugin = new DefaultUpdateRepository("ours", repository.toUri().toURL()).getPlugin("position");
        assertThat(plugin.releases).extracting(release -> release.version).containsExactly("1.0.0", "1.1.0");
        PluginInfo.PluginRelease newest = plugin.releases.get(1);
        assertThat(newest.requires).isEqualTo(">=0.1.0 & <1.0.0");
        assertThat(Path.of(URI.create(newest.url))).isEqualTo(jar);
        new Sha512SumVerifier().verify(new FileVerifier.Context("position", newest), jar);
    }

    /** Ways in which a server gives a jar badly. */
    private enum Fault {
        NOT_THERE("404"), BROKEN("500"), HALF("only", "bytes came"), UNKNOWN_HALF("SHA-512"), SILENT("nothing came for 1 seconds", "--timeout"),
        CIRCLE("from address to address"), ELSEWHERE("file:"), ANOTHER_FILE("SHA-512");

        private final String[] words;

        Fault(String... words) {
            this.words = words;
        }

        void on(WebServer server, String path, Path file) {
            switch (this) {
                case NOT_THERE -> server.status(path, 404);
                case BROKEN -> server.status(path, 500);
                case HALF -> server.half(path, file);
                case UNKNOWN_HALF -> server.unknownHalf(path, file);
                case SILENT -> server.stall(path, file);
                case CIRCLE -> server.redirect(path, path);
                case ELSEWHERE -> server.redirect(path, file.toUri().toString());
                case ANOTHER_FILE -> server.redirect(path, "/position-1.0.0.jar");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatDoesNotComeWholeInstallsNothingAndLeavesWhatWasThere(Fault fault) throws IOException {
        jar("position", "1.0.0");
        Path newer = jar("position", "1.1.0");
        index();
        try (WebServer server = new WebServer(repository)) {
            plugins("install", "position@1.0.0", "--repository", server.address()).endsWith(0);
            byte[] before = Files.readAllBytes(installed.resolve("position.jar"));
            fault.on(server, "/position-1.1.0.jar", newer);
            assertThat(plugins("install", "position", "--repository", server.address(), "--timeout", "1").endsWith(2).err())
                    .contains(server.address() + "position-1.1.0.jar").contains(fault.words).doesNotContain("\tat ");
            assertThat(plugins("update", "--timeout", "1").endsWith(2).err()).contains(fault.words);
            assertThat(content()).containsExactly("position.jar");
            assertThat(Files.readAllBytes(installed.resolve("position.jar"))).isEqualTo(before);
        }
    }

    @Test
    void aRedirectIsFollowed() throws IOException {
        Path jar = jar("position", "1.0.0");
        index();
        Files.move(jar, repository.resolve("moved.jar"));
        try (WebServer server = new WebServer(repository)) {
            server.redirect("/position-1.0.0.jar", "moved.jar");
            plugins("install", "position", "--repository", server.address()).endsWith(0);
        }
        assertThat(content()).containsExactly("position.jar");
    }

    @Test
    void aRepositoryWhoseCertificateNobodySignedIsRefusedInWordsUntilTheUserTrustsIt() throws Exception {
        jar("position", "1.0.0");
        index();
        SelfSigned certificate = SelfSigned.in(folder);
        try (WebServer server = WebServer.secure(repository, certificate)) {
            String[] install = {"install", "position", "--repository", server.address()};
            assertThat(plugins(install).endsWith(2).err())
                    .contains(server.address() + "plugins.json cannot be fetched: its certificate is not trusted", "-Djavax.net.ssl.trustStore=FILE").doesNotContain("\tat ");
            assertThat(content()).isEmpty();

            Path said = folder.resolve("said.txt");
            Process trusting = Espalier.start(said, Map.of(
                    "ESPALIER_PLUGINS", installed.toString(),
                    "JAVA_TOOL_OPTIONS", "-Djavax.net.ssl.trustStore=" + certificate.trustStore(folder.resolve("trusted.p12"))
                            + " -Djavax.net.ssl.trustStorePassword=" + SelfSigned.PASSWORD),
                    Espalier.concat(List.of("plugins"), List.of(install)));
            assertThat(trusting.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(trusting.exitValue()).as(Files.readString(said)).isZero();
            assertThat(content()).containsExactly("position.jar");
        }
    }

    private void change(String field, String value) throws IOException {
        Path index = repository.resolve("plugins.json");
        JsonNode plugins = new ObjectMapper().readTree(index.toFile());
        ((ObjectNode) plugins.get(0).get("releases").get(0)).put(field, value);
        new ObjectMapper().writeValue(index.toFile(), plugins);
    }

    private void refused(String... words) throws IOException {
        assertThat(plugins("install", "position", "--repository", repository.toString()).endsWith(2).err()).contains(words).doesNotContain("\tat ");
        assertThat(content()).isEmpty();
    }

    @Test
    void aSumThatIsMissingOrWrongInstallsNothing() throws IOException {
        Path jar = jar("position", "1.0.0");
        index();
        change("sha512sum", "");
        refused("no SHA-512");
        change("sha512sum", "abc");
        refused("'abc' for its SHA-512");
        change("sha512sum", "0".repeat(128));
        refused(jar.toString(), "its repository says 0000000000000000…", "nothing was installed");
    }

    @Test
    void aSumMayLieBesideTheJar() throws IOException {
        jar("position", "1.0.0");
        index();
        String sum = new ObjectMapper().readTree(repository.resolve("plugins.json").toFile()).at("/0/releases/0/sha512sum").asText();
        Files.writeString(repository.resolve("position-1.0.0.sha512"), sum + "  position-1.0.0.jar\n");
        change("sha512sum", ".sha512");
        plugins("install", "position", "--repository", repository.toString()).endsWith(0);
    }

    @Test
    void anIndexThatIsNoneNamesWhatIsWrong() throws IOException {
        Path index = repository.resolve("plugins.json");
        refused(index.toString(), "there is no such file");
        Files.writeString(index, "[{");
        refused("is no JSON, line 1");
        Files.writeString(index, "{}");
        refused("holds no list");
        Files.writeString(index, "[{\"id\": \"position\", \"releases\": [{\"version\": \"one\", \"url\": \"x.jar\"}]}]");
        refused("[0].releases[0].version is 'one', which is no semantic version");
        Files.writeString(index, "[{\"id\": \"position\", \"releases\": [{\"version\": \"1.0.0\"}]}]");
        refused("[0].releases[0].url is missing");
        Files.writeString(index, "[{\"id\": \"positions\", \"releases\": []}]");
        refused("has no plugin 'position'; did you mean 'positions'?");
        Files.writeString(index, "[{\"id\": \"position\", \"releases\": [{\"version\": \"3.0.0\", \"requires\": \">=7.0.0\", \"url\": \"x.jar\"}]}]");
        refused("has no 'position' for Espalier's API " + ApiVersion.CURRENT, "3.0.0 (requires >=7.0.0)");
        assertThat(plugins("install", "position", "--repository", folder.resolve("nowhere").toString()).endsWith(2).err()).contains("there is no such folder");
        assertThat(plugins("install", "position").endsWith(2).err()).contains("no repository is named");
    }

    @Test
    void aJarThatIsAnotherPluginThanItsRepositorySaysIsNotInstalled() throws IOException {
        Path other = jar("other", "1.0.0");
        index();
        Files.writeString(repository.resolve("plugins.json"),
                Files.readString(repository.resolve("plugins.json")).replace("\"other\"", "\"position\""));
        refused(other.toString(), "is the plugin other 1.0.0 where its repository says position 1.0.0");
    }

    private void refused(Path jar, String... words) throws IOException {
        List<String> before = content();
        assertThat(plugins("install", jar.toString()).endsWith(2).err())
                .contains(words).contains("plugin " + jar, "nothing was installed").doesNotContain("\tat ", ".staging");
        assertThat(content()).isEqualTo(before);
    }

    @Test
    void aJarThatCannotServeIsNotInstalled() throws IOException {
        refused(Files.writeString(folder.resolve("text.jar"), "hello"), "is no readable jar");
        refused(jar(new ThirdPartyJar("none").withoutManifest("Plugin-Id").withoutManifest("Plugin-Requires").withoutManifest("Plugin-Version")
                .entry("readme.txt", "hello"), "nameless", "1"), "is no plugin");
        refused(jar(position("future", "1.0.0").manifest("Plugin-Requires", ">=7.0.0"), "future", "1.0.0"), "requires Espalier's API >=7.0.0");
        refused(jar(new ThirdPartyJar("loader").source("mine/Position.java", CRITERION.formatted("l2", "x").replace("Criterion<", "Stage<").replaceAll("(?m)^    public.*$", "")
                .replace("Stage<NoOptions> {", "Stage<NoOptions> { public Candidate apply(Candidate c, NoOptions o, StageContext x) { return c; }")
                .replace("\"l2\"", "\"load\"")), "loader", "1.0.0"), "brings the stage 'load'", "espalier-stages");
        refused(jar(position("espalier-stages", "9.0.0"), "espalier-stages", "9.0.0"), "its Plugin-Id 'espalier-stages' is also that of");
        assertThat(plugins("install", "not-there.jar").endsWith(2).err()).contains("there is no jar 'not-there.jar'");
    }

    @Test
    void aNameThatAnotherInstalledPluginHasIsNotInstalledAndBothAreNamed() throws IOException {
        plugins("install", jar("position", "1.0.0").toString()).endsWith(0);
        Path second = jar(new ThirdPartyJar("second").source("mine/Position.java", CRITERION.formatted("position", "again")), "second", "1.0.0");
        refused(second, "brings the criterion 'position'", installed.resolve("position.jar").toString(), "`espalier plugins remove position`");
    }

    @Test
    void aPluginThatIsInstalledAndInAFolderGivenIsRefusedAndBothAreNamed() throws IOException {
        Path jar = jar("position", "1.0.0");
        plugins("install", jar.toString()).endsWith(0);
        assertThat(plugins("list", "--plugins", repository.toString()).endsWith(2).err())
                .contains("plugin " + jar, "its Plugin-Id 'position' is also that of " + installed.resolve("position.jar"), "`espalier plugins remove position`");
    }

    @Test
    void anInstalledPluginThatServesNoMoreIsNamedWithTheCommandThatTakesItAway() throws IOException {
        plugins("install", jar("position", "1.0.0").toString()).endsWith(0);
        Files.writeString(installed.resolve("position.jar"), "torn");
        assertThat(plugins("list").endsWith(2).err()).contains(installed.resolve("position.jar").toString(), "`espalier plugins remove position`");
        plugins("install", repository.resolve("position-1.0.0.jar").toString()).endsWith(0);
        plugins("list").endsWith(0);
        Files.writeString(installed.resolve("position.jar"), "torn");
        plugins("remove", "position").endsWith(0);
        plugins("list").endsWith(0);
    }

    @Test
    void whatAnInstallationThatWasKilledLeftIsSwept() throws IOException {
        Files.createDirectories(installed.resolve(".staging-1"));
        Files.writeString(installed.resolve(".staging-1/position.jar"), "half");
        plugins("list").endsWith(0);
        plugins("install", jar("position", "1.0.0").toString()).endsWith(0);
        assertThat(content()).containsExactly("position.jar");
    }

    @Test
    void anIdOfTheIndexThatLeadsElsewhereWritesNothingThere() throws IOException {
        jar("position", "1.0.0");
        index();
        Files.writeString(repository.resolve("plugins.json"), Files.readString(repository.resolve("plugins.json")).replace("\"position\"", "\"../../evil\""));
        assertThat(plugins("install", "..", "--repository", repository.toString()).endsWith(2).err()).contains("has no plugin '..'");
        assertThat(plugins("update", "--repository", repository.toString()).endsWith(0).out()).contains("No plugin is installed");
        assertThat(folder.resolve("evil.jar")).doesNotExist();
    }

    @Test
    void noteOfWhereTheyCameFromThatIsTornIsNamed() throws IOException {
        Path jar = jar("position", "1.0.0");
        plugins("install", jar.toString()).endsWith(0);
        Files.writeString(installed.resolve("sources.json"), "{");
        assertThat(plugins("update").endsWith(2).err()).contains(installed.resolve("sources.json").toString(), "delete it");
        assertThat(plugins("install", jar.toString()).endsWith(2).err()).contains("sources.json");
        plugins("list").endsWith(0);
    }

    @Test
    void updatesOfWhatCameFromAFileNeedARepository() throws IOException {
        plugins("install", jar("position", "1.0.0").toString()).endsWith(0);
        assertThat(plugins("update").endsWith(0).out()).contains("position stays as it is");
        assertThat(plugins("update", "position").endsWith(2).err()).contains("give --repository");
        assertThat(plugins("update", "positoin").endsWith(2).err()).contains("did you mean 'position'?");
        assertThat(plugins("update", "position", "--repository", repository.toString(), "--timeout", "0").endsWith(2).err()).contains("--timeout 0 is out of range");
    }

    @Test
    void aFolderIsIndexedOnlyIfEveryJarOfItIsAPluginOfAVersionOfItsOwn() throws IOException {
        Path jar = jar("position", "1.0.0");
        Files.copy(jar, repository.resolve("copy.jar"));
        assertThat(plugins("index", repository.toString()).endsWith(2).err()).contains("copy.jar", "position-1.0.0.jar", "position 1.0.0");
        Files.writeString(repository.resolve("copy.jar"), "text");
        assertThat(plugins("index", repository.toString()).endsWith(2).err()).contains("copy.jar", "is no readable jar");
        assertThat(repository.resolve("plugins.json")).doesNotExist();
        assertThat(plugins("index", repository.resolve("nowhere").toString()).endsWith(2).err()).contains("nowhere", "name a folder");
    }
}
