package io.espalier.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and logins as MLflow's users write them. */
class TargetTest {

    @TempDir
    private Path runs;

    private static Target target(String uri, Map<String, String> environment) {
        return Target.of(Optional.of(uri), environment).orElseThrow();
    }

    @Test
    void withNothingSetThereIsNoServer() {
        assertThat(Target.of(Optional.empty(), Map.of())).isEmpty();
        assertThat(Target.of(Optional.empty(), Map.of("MLFLOW_TRACKING_URI", "  "))).isEmpty();
    }

    @Test
    void theOptionGoesBeforeTheVariable() {
        assertThat(target("http://a:1", Map.of("MLFLOW_TRACKING_URI", "http://b:2")).uri()).hasToString("http://a:1");
        assertThat(Target.of(Optional.empty(), Map.of("MLFLOW_TRACKING_URI", "http://b:2")).orElseThrow().uri()).hasToString("http://b:2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://host/ml", "https://host/ml/", "https://host/ml//", "https://ada:secret@host/ml/", "https://ada:sec/ret@host/ml/"})
    void aPrefixStaysAndALastSlashDoesNotMatter(String uri) {
        Target target = target(uri, Map.of());
        assertThat(target.uri()).hasToString("https://host/ml");
        assertThat(target.toString()).doesNotContain("secret", "sec/ret");
    }

    @Test
    void loginsAreTakenFromWhereverTheyStand() {
        assertThat(target("http://h", Map.of("MLFLOW_TRACKING_USERNAME", "u", "MLFLOW_TRACKING_PASSWORD", "p")).login()).isEqualTo(new Target.Login.Password("u", "p"));
        assertThat(target("http://h", Map.of("MLFLOW_TRACKING_TOKEN", "t")).login()).isEqualTo(new Target.Login.Token("t"));
        assertThat(target("http://a%40b:p%3Aq@h", Map.of("MLFLOW_TRACKING_USERNAME", "u")).login()).isEqualTo(new Target.Login.Password("a@b", "p:q"));
        assertThat(target("http://h", Map.of("MLFLOW_TRACKING_INSECURE_TLS", "true")).insecure()).isTrue();
        assertThat(target("http://h", Map.of("MLFLOW_HTTP_REQUEST_TIMEOUT", "7")).patience()).isEqualTo(Duration.ofSeconds(7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:5000", "file:///tmp/mlruns", "sqlite:///m.db", "databricks", "http://", "http://us er:sec ret@ho st", "http://h/?a=b", "ftp://h"})
    void whatIsNoAddressIsRefusedWithTheMend(String uri) {
        assertThatThrownBy(() -> target(uri, Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("--tracking-uri=")
                .hasMessageContaining("http://HOST:PORT")
                .hasMessageNotContaining("sec ret");
    }

    @Test
    void aServerBehindAPrefixGetsRuns(TestInfo test) {
        List<String> said = new ArrayList<>();
        Path run = TestRun.whole(runs, "prefix", 1).directory();
        try (FaultyWay way = FaultyWay.to(RealServer.uri(), "/some/prefix")) {
            Target target = target(way.uri() + "/", Map.of());
            assertThat(new Sync(Optional.of(target), Map.of(), Optional.of(test.getDisplayName()), Optional.empty(), said::add).send(List.of(run)))
                    .as(said.toString()).isTrue();
        }
        // Read directly: the proxied address is gone.
        KilledSyncTest.assertHeld(RealServer.uri(), run);
    }

    @Test
    void aServerThatIsNoneIsToldFromOneThatIsDown(TestInfo test) {
        List<String> said = new ArrayList<>();
        Path run = TestRun.whole(runs, "none", 2).directory();
        new Sync(Optional.of(target("http://127.0.0.1:9", Map.of())), Map.of(), Optional.empty(), Optional.empty(), said::add).send(List.of(run));
        assertThat(said).anyMatch(line -> line.contains("MLflow at http://127.0.0.1:9 cannot be reached") && line.contains("./espalier mlflow serve"));
        try (FaultyWay way = FaultyWay.to(RealServer.uri()); Server server = new Server(target(way.uri(), Map.of()))) {
            way.with(FaultyWay.Fault.PAGE_OF_HTML);
            assertThatThrownBy(server::look).hasMessageContaining("what answers at " + way.uri() + " is no MLflow server: it answers with text/html");
            way.with(FaultyWay.Fault.MOVED_308);
            assertThatThrownBy(server::look).hasMessageContaining("sends its callers on to http://127.0.0.1:1/elsewhere");
            way.with(FaultyWay.Fault.BUSY_429);
            assertThatThrownBy(server::look).hasMessageContaining("has too much to do (status 429)");
        }
    }
}
