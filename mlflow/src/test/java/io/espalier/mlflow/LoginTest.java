package io.espalier.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** A server that wants to know who calls. */
class LoginTest {

    private static final String ADMIN_PASSWORD = "Adm1n/p@ss:w%rd-secret";
    private static final String BOB_PASSWORD = "bobs-secret-password";
    private static final Tracking.Pace PACE =
            new Tracking.Pace(Duration.ofMillis(50), Duration.ofMillis(200), Duration.ofSeconds(30), Duration.ofSeconds(90));

    @TempDir
    private static Path folder;

    @TempDir
    private Path runs;

    private static LocalServer server;

    private final List<String> said = Collections.synchronizedList(new ArrayList<>());

    @BeforeAll
    static void aServerWithLogins() throws IOException {
        Environment environment = RealServer.environment();
        Path settings = Files.writeString(folder.resolve("auth.ini"), """
                [mlflow]
                default_permission = READ
                database_uri = sqlite:///%s
                admin_username = admin
                admin_password = %s
                authorization_function = mlflow.server.auth:authenticate_request_basic_auth
                """.formatted(folder.resolve("auth.db"), ADMIN_PASSWORD.replace("%", "%%")));
        server = LocalServer.start(environment, folder.resolve("server"), 0, List.of("--app-name", "basic-auth"), Map.of(
                "MLFLOW_FLASK_SERVER_SECRET_KEY", "for these tests only", "MLFLOW_AUTH_CONFIG_PATH", settings.toString()));
        try (Server admin = new Server(target(Map.of("MLFLOW_TRACKING_USERNAME", "admin", "MLFLOW_TRACKING_PASSWORD", ADMIN_PASSWORD)))) {
            admin.post("a user", "users/create", Map.of("username", "bob", "password", BOB_PASSWORD));
            admin.experiment("the admin's own");
        }
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static Target target(Map<String, String> login) {
        Map<String, String> environment = new LinkedHashMap<>(login);
        environment.put(Target.URI_VARIABLE, server.uri().toString());
        return Target.of(Optional.empty(), environment).orElseThrow();
    }

    private boolean sync(Target target, String experiment, Path run) {
        return new Sync(Optional.of(target), Map.of(), Optional.of(experiment), Optional.empty(), said::add).send(List.of(run));
    }

    /** Nothing that was said or written holds what nobody may know. */
    private void assertDiscreet(String... secrets) throws IOException {
        List<String> texts = new ArrayList<>(said);
        try (Stream<Path> files = Files.walk(runs)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                texts.add(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        for (String secret : secrets) {
            assertThat(texts).noneMatch(text -> text.contains(secret));
        }
    }

    @Test
    void theRightPasswordFromTheEnvironmentSendsARun(TestInfo test) throws IOException {
        Path run = TestRun.begin(runs, "right", 1).load().finish(0.5).directory();
        Target target = target(Map.of("MLFLOW_TRACKING_USERNAME", "admin", "MLFLOW_TRACKING_PASSWORD", ADMIN_PASSWORD));
        assertThat(sync(target, test.getDisplayName(), run)).as(said.toString()).isTrue();
        assertDiscreet(ADMIN_PASSWORD);
        assertThat(target.toString()).doesNotContain(ADMIN_PASSWORD);
    }

    @Test
    void aPasswordWithinTheAddressIsUsedAndNeverShown(TestInfo test) throws IOException {
        Path run = TestRun.begin(runs, "within", 2).load().finish(0.5).directory();
        String encoded = ADMIN_PASSWORD.replace("%", "%25").replace("/", "%2F").replace("@", "%40").replace(":", "%3A");
        String address = server.uri().toString().replace("://", "://admin:" + encoded + "@");
        assertThat(sync(Target.of(Optional.of(address), Map.of()).orElseThrow(), test.getDisplayName(), run)).as(said.toString()).isTrue();
        assertDiscreet(ADMIN_PASSWORD, encoded);
        assertThat(Files.readString(run.resolve(Position.FILE))).contains(server.uri().toString());
    }

    @Test
    void aWrongPasswordIsSaidOnceAndTheRunGoesOn() throws Exception {
        refused(Map.of("MLFLOW_TRACKING_USERNAME", "admin", "MLFLOW_TRACKING_PASSWORD", "wrong-secret-password"), "user admin");
        assertDiscreet("wrong-secret-password");
    }

    @Test
    void aMissingPasswordIsSaidOnceAndTheRunGoesOn() throws Exception {
        refused(Map.of(), "nobody is named");
    }

    @Test
    void aTokenThatTheServerDoesNotKnowIsSaidOnceAndNotShown() throws Exception {
        refused(Map.of("MLFLOW_TRACKING_TOKEN", "token-that-is-secret"), "by token");
        assertDiscreet("token-that-is-secret");
    }

    private void refused(Map<String, String> login, String who) {
        List<String> warnings = new ArrayList<>();
        TestRun run = TestRun.begin(runs, "refused", 3);
        Tracking.Listener listener = new Tracking.Listener() {
            @Override
            public void tell(String line) {
                said.add(line);
            }

            @Override
            public void warn(String line) {
                said.add(line);
                warnings.add(line);
            }
        };
        try (Tracking tracking = Tracking.begin(run.directory(), new Wish(target(login), Optional.empty(), Optional.empty()), PACE, listener)) {
            run.load().decompose().epochs(2).finish(0.9);
        }
        assertThat(warnings.stream().filter(line -> line.contains("refuses the login"))).hasSizeLessThanOrEqualTo(1);
        assertThat(String.join("\n", warnings)).contains("./espalier sync " + run.directory());
        assertThat(sync(target(login), "any", run.directory())).isFalse();
        assertThat(said).anyMatch(line -> line.contains("MLflow at " + server.uri() + " refuses the login (" + who + ")") && line.contains("MLFLOW_TRACKING_USERNAME"));
    }

    @Test
    void aMissingPermissionIsSaidWithWhomToAsk() throws IOException {
        Path run = TestRun.begin(runs, "bob", 4).load().finish(0.5).directory();
        Target bob = target(Map.of("MLFLOW_TRACKING_USERNAME", "bob", "MLFLOW_TRACKING_PASSWORD", BOB_PASSWORD));
        assertThat(sync(bob, "the admin's own", run)).isFalse();
        assertThat(said).anyMatch(line -> line.contains("does not permit this (user bob)") && line.contains("permission EDIT") && line.contains("--experiment"));
        assertThat(sync(bob, "bob's", run)).as("in an experiment of his own he may: %s", said).isTrue();
        assertDiscreet(BOB_PASSWORD);
    }
}
