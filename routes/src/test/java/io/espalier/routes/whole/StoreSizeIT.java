package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreSizeIT {

    private static final String ROUNDS = """
            - route:
                id: rounds
                from:
                  uri: direct:rounds
                  steps:
                    - to:
                        uri: stage:load
                        parameters:
                          model: "bundled:fashion-vgg.json"
                          data: "bundled:mnist-small"
                          train: 40
                          validation: 10
                          test: 10
                    - to: "stage:decompose"
                    - loop:
                        constant: "{{rounds}}"
                        steps:
                          - to: "stage:threshold?criterion=singular-value&fraction=0.1"
                          - to: "stage:train-scalings?epochs=1&batch=40"
            """;

    @TempDir
    private Path folder;

    private RunFolder run(int rounds) throws IOException {
        Path pipeline = Files.writeString(folder.resolve("rounds.camel.yaml"), ROUNDS);
        return espalier("run", pipeline.toString(), "-p", "rounds=" + rounds, "--run-dir", folder.resolve("runs-" + rounds).toString()).endsWith(0).run();
    }

    /** The network's kernels are 1.9 MB, its basis as much again; a round changes factors alone, some hundred numbers. */
    @Test
    void fifteenRoundsTakeLittleMoreRoomThanOne() throws IOException {
        long one = run(1).size("store");
        RunFolder fifteen = run(15);
        assertThat(fifteen.stages("stage-finished").stream().filter("threshold"::equals)).hasSize(15);
        assertThat((fifteen.size("store") - one) / 14).as("bytes of the store a round, after %s of the first", one).isLessThan(60_000);
    }
}
