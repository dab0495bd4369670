package io.espalier.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** A server whose certificate nobody has signed. */
class TlsTest {

    private static final String PASSWORD = "of the key store";

    @TempDir
    private Path folder;

    /** Passes everything on to the real server. */
    private HttpsServer proxy() throws Exception {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(selfSigned()));
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        server.createContext("/", exchange -> {
            try (exchange; InputStream body = exchange.getRequestBody()) {
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(RealServer.uri() + exchange.getRequestURI()))
                        .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body.readAllBytes()));
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Content-Type")).ifPresent(type -> request.header("Content-Type", type));
                HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
                response.headers().firstValue("Content-Type").ifPresent(type -> exchange.getResponseHeaders().add("Content-Type", type));
                exchange.sendResponseHeaders(response.statusCode(), response.body().length == 0 ? -1 : response.body().length);
                exchange.getResponseBody().write(response.body());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        });
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        return server;
    }

    private SSLContext selfSigned() throws Exception {
        Path keys = folder.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "self", "-keyalg", "RSA", "-keysize", "2048", "-dname",
                "CN=somebody-else", "-keystore", keys.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD).redirectErrorStream(true).start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    @Test
    void aCertificateThatIsNotTrustedIsSaidAndTakenOnlyWhenTheUserSaysSo(TestInfo test) throws Exception {
        List<String> said = new ArrayList<>();
        Path run = TestRun.begin(folder, "tls", 1).load().export().finish(0.5).directory();
        HttpsServer server = proxy();
        try {
            String uri = "https://127.0.0.1:" + server.getAddress().getPort();
            Optional<String> experiment = Optional.of(test.getDisplayName());
            Target careful = Target.of(Optional.of(uri), Map.of()).orElseThrow();
            try (Server tried = new Server(careful)) {
                assertThatThrownBy(tried::look)
                        .hasMessageContaining("its certificate is not trusted").hasMessageContaining("MLFLOW_TRACKING_INSECURE_TLS=true");
            }
            Target careless = Target.of(Optional.of(uri), Map.of("MLFLOW_TRACKING_INSECURE_TLS", "true")).orElseThrow();
            assertThat(new Sync(Optional.of(careless), Map.of(), experiment, Optional.empty(), said::add).send(List.of(run))).as(said.toString()).isTrue();
        } finally {
            server.stop(0);
        }
        KilledSyncTest.assertHeld(RealServer.uri(), run);
    }
}
