package io.espalier.routes.authors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the kit goes, and that it is whole there. */
class AuthorKitTest {

    @TempDir
    private Path folder;

    @Test
    void mavenKeepsItsRepositoryBelowTheUsersHomeUnlessToldOtherwise() throws IOException {
        assertThat(AuthorKit.localRepository(Map.of(), folder)).isEqualTo(folder.resolve(".m2/repository"));
        assertThat(AuthorKit.localRepository(Map.of("MAVEN_OPTS", "-Xmx1g -Dmaven.repo.local=/srv/m2 -Dx=y"), folder)).isEqualTo(Path.of("/srv/m2"));
        Path settings = Files.createDirectory(folder.resolve(".m2")).resolve("settings.xml");
        Files.writeString(settings, "<settings><!-- <localRepository>/no</localRepository> --></settings>");
        assertThat(AuthorKit.localRepository(Map.of(), folder)).isEqualTo(folder.resolve(".m2/repository"));
        Files.writeString(settings, "<settings><localRepository> ${user.home}/maven </localRepository></settings>");
        assertThat(AuthorKit.localRepository(Map.of(), folder)).isEqualTo(folder.resolve("maven"));
        assertThat(AuthorKit.localRepository(Map.of("MAVEN_ARGS", "-Dmaven.repo.local=/srv/m2"), folder)).isEqualTo(Path.of("/srv/m2"));
    }

    @Test
    void whatIsThereIsReplacedByWhatTheDistributionHas() throws IOException {
        Path own = Files.createDirectories(folder.resolve("home/repository/io/espalier/x/1"));
        Files.writeString(own.resolve("x-1.jar"), "new");
        Path there = Files.createDirectories(folder.resolve("m2/io/espalier/x/1")).resolve("x-1.jar");
        Files.writeString(there, "old");
        AuthorKit.of(folder.resolve("home")).installInto(folder.resolve("m2"));
        assertThat(there).hasContent("new");
        assertThat(there.getParent()).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void aDistributionWithoutARepositoryIsRefused() {
        assertThatExceptionOfType(InputException.class).isThrownBy(() -> AuthorKit.of(folder).installInto(folder.resolve("m2")))
                .withMessageContaining("has no").withMessageContaining("mvn -DskipTests package");
    }
}
