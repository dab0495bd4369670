package io.espalier.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server of one's own. */
class EnvironmentTest {

    @TempDir
    private Path folder;

    /** Prepares an environment; the test gives it a machine without Python. */
    static final class Preparing {

        private Preparing() {}

        /** Folder. */
        public static void main(String[] arguments) {
            new Environment(Path.of(arguments[0])).prepare(System.out::println);
        }
    }

    @Test
    void withoutPythonItSaysWhatToInstall() throws Exception {
        Path output = folder.resolve("out");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Preparing.class.getName(), folder.resolve("new").toString());
        builder.environment().put("PATH", folder.toString());
        Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isNotZero();
        assertThat(Files.readString(output)).contains("MLflow's server needs Python 3.10 or later", "apt install python3-venv", "--tracking-uri");
    }

    @Test
    void itIsMadeInTheCacheOfTheUser() {
        assertThat(Environment.ofUser(Map.of("XDG_CACHE_HOME", "/c")).folder()).isEqualTo(Path.of("/c/espalier/mlflow-" + Environment.VERSION));
        assertThat(Environment.ofUser(Map.of()).folder()).startsWithRaw(Path.of(System.getProperty("user.home")));
    }

    @Test
    void aPortThatIsTakenIsSaidWithTheMend() throws IOException {
        Environment environment = RealServer.environment();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> LocalServer.start(environment, folder, taken.getLocalPort(), List.of(), Map.of()))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("port " + taken.getLocalPort())
                    .hasMessageContaining("--port");
        }
    }

    @Test
    void aServerThatIsClosedLeavesNoProcess() throws InterruptedException {
        LocalServer server = LocalServer.start(RealServer.environment(), folder.resolve("server"), 0, List.of(), Map.of());
        List<ProcessHandle> all = new ArrayList<>(server.process().descendants().toList());
        all.add(server.process());
        server.close();
        server.awaitEnd();
        assertThat(all).noneMatch(ProcessHandle::isAlive);
        assertThat(folder.resolve("server/mlflow.db")).exists();
    }
}
