package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.ApiVersion;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins that cannot serve: the jar by name and the mend, exit code 2, before anything runs. */
class RefusedPluginsIT {

    private static final String STAGE = """
            package mine;
            import io.espalier.api.*;
            @org.pf4j.Extension
            @Named("idle")
            public final class Idle implements Stage<NoOptions> {
                %s
                public Candidate apply(Candidate candidate, NoOptions options, StageContext context) { return candidate; }
            }
            """;

    @TempDir
    private Path folder;

    private static ThirdPartyJar idle() {
        return new ThirdPartyJar("third-party").source("mine/Idle.java", STAGE.formatted(""));
    }

    private void refused(ThirdPartyJar jar, String... words) {
        Path plugins = jar.in(folder.resolve("plugins"));
        Espalier.Said said = espalier(Arguments.run("basis-scaling", folder.resolve("runs"), Arguments.little(), "--plugins", plugins.toString())).endsWith(2);
        assertThat(said.err()).contains(".jar").contains(words).doesNotContain("\tat ");
        assertThat(folder.resolve("runs")).doesNotExist();
        assertThat(espalier("plugins", "list", "--plugins", plugins.toString()).endsWith(2).err()).isEqualTo(said.err());
    }

    @Test
    void aJarThatBundlesNd4j() {
        refused(idle().entry("org/nd4j/linalg/factory/Nd4j.class", "anything"), "third-party.jar", "org.nd4j", "provided");
    }

    @Test
    void aJarWithoutRequires() {
        refused(idle().withoutManifest("Plugin-Requires"), "third-party.jar", "Plugin-Requires");
    }

    @Test
    void aJarForAnotherVersionOfEspalier() {
        refused(idle().manifest("Plugin-Requires", ">=7.0.0"), "third-party.jar", ">=7.0.0", ApiVersion.CURRENT);
    }

    @Test
    void anExtensionThatCannotBeInstantiated() {
        refused(new ThirdPartyJar("third-party").source("mine/Idle.java",
                STAGE.formatted("public Idle() { throw new IllegalStateException(\"no licence\"); }")), "third-party.jar", "mine.Idle", "no licence");
    }

    @Test
    void anExtensionWithoutAPublicConstructor() {
        refused(new ThirdPartyJar("third-party").source("mine/Idle.java", STAGE.formatted("private Idle(int x) {}")), "third-party.jar", "mine.Idle");
    }

    @Test
    void twoExtensionsOfOneName() {
        refused(new ThirdPartyJar("third-party").source("mine/Idle.java", STAGE.formatted("").replace("\"idle\"", "\"load\"")),
                "third-party.jar", "'load'", "espalier-stages");
    }

    @Test
    void aJarThatIsNoPlugin() {
        refused(new ThirdPartyJar("third-party").withoutManifest("Plugin-Id").withoutManifest("Plugin-Requires").withoutManifest("Plugin-Version")
                .entry("readme.txt", "hello"), "nameless.jar");
    }
}
