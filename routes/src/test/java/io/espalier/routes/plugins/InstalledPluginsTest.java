package io.espalier.routes.plugins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.espalier.api.InputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstalledPluginsTest {

    private static final Path HOME = Path.of("/home/ada");

    @TempDir
    private Path folder;

    private static Path place(Map<String, String> environment, String system) {
        return InstalledPlugins.of(environment, system, HOME).folder();
    }

    @Test
    void theyLiveWhereTheSystemKeepsAUsersDataUnlessTheVariableSaysOtherwise() {
        assertThat(place(Map.of(), "Linux")).isEqualTo(HOME.resolve(".local/share/espalier/plugins"));
        assertThat(place(Map.of("XDG_DATA_HOME", "/data"), "Linux")).isEqualTo(Path.of("/data/espalier/plugins"));
        assertThat(place(Map.of("XDG_DATA_HOME", "relative"), "Linux")).as("as the standard says").isEqualTo(HOME.resolve(".local/share/espalier/plugins"));
        assertThat(place(Map.of(), "Mac OS X")).isEqualTo(HOME.resolve("Library/Application Support/espalier/plugins"));
        assertThat(place(Map.of("LOCALAPPDATA", "/appdata"), "Windows 11")).isEqualTo(Path.of("/appdata/espalier/plugins"));
        assertThat(place(Map.of("ESPALIER_PLUGINS", "/mine", "XDG_DATA_HOME", "/data"), "Linux")).isEqualTo(Path.of("/mine"));
        assertThat(place(Map.of("ESPALIER_PLUGINS", " "), "Linux")).isEqualTo(HOME.resolve(".local/share/espalier/plugins"));
    }

    @Test
    void oneAtATimeChangesThem() {
        InstalledPlugins plugins = new InstalledPlugins(folder);
        assertThatExceptionOfType(InputException.class).isThrownBy(() -> plugins.locked(() -> plugins.remove("any")))
                .withMessageContaining("another process is changing the plugins in " + folder);
    }

    @Test
    void whereThereAreNoneNothingIsMade() {
        InstalledPlugins plugins = new InstalledPlugins(folder.resolve("none"));
        assertThat(plugins.ids()).isEmpty();
        assertThat(plugins.folders()).isEmpty();
        assertThat(plugins.remove("any")).isEmpty();
        assertThat(plugins.folder()).doesNotExist();
    }

    @Test
    void aFolderThatIsAFileIsNamedWithTheMend() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatExceptionOfType(InputException.class).isThrownBy(() -> new InstalledPlugins(file).locked(() -> null))
                .withMessageContaining(file.toString()).withMessageContaining("set ESPALIER_PLUGINS to another folder");
    }

    @ParameterizedTest
    @CsvSource({"ftp://host/x.jar, 'ftp:' is no way", "jar:file:/x.jar!/y, 'jar:' is no way", "x.jar, 'null:' is no way", "http://127.0.0.1:1/x, look at the address and at the network"})
    void anAddressThatCannotServeIsNamed(String address, String words) {
        assertThatExceptionOfType(InputException.class).isThrownBy(() -> new Download(Duration.ofSeconds(2)).text(URI.create(address)))
                .withMessageContaining(address).withMessageContaining(words);
    }
}
