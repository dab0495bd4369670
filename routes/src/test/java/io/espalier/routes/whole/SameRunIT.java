package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What makes a run the same run, and what another. */
class SameRunIT {

    @TempDir
    private Path folder;

    private RunFolder run(String name, String... more) {
        return espalier(Arguments.run("basis-scaling", folder.resolve(name), Arguments.rounds("0.4"), more))
                .endsWith(0).run();
    }

    @Test
    void theSameSeedGivesTheSameBytesAndAnotherGivesOthers() {
        RunFolder first = run("first", "--seed", "3");
        RunFolder second = run("second", "--seed", "3");
        RunFolder other = run("other", "--seed", "4");
        assertThat(second.artifact("pruned.zip")).hasSameBinaryContentAs(first.artifact("pruned.zip"));
        assertThat(second.artifact("pruned.json")).hasSameBinaryContentAs(first.artifact("pruned.json"));
        assertThat(other.json("artifacts/pruned.json").path("digest")).isNotEqualTo(first.json("artifacts/pruned.json").path("digest"));
        assertThat(second.events("plan")).isEqualTo(first.events("plan"));
    }

    @Test
    void aResumedRunReusesWhatIsThereAndNamesWhatDiffers() {
        RunFolder run = run("runs");
        Espalier.Said again = espalier("run", "--resume", run.directory().toString()).endsWith(0);
        assertThat(again.out()).contains("load                   kept").contains("export                 kept").doesNotContain("runs again");

        Espalier.Said changed = espalier("run", "--resume", run.directory().toString(), "-p", "roundEpochs=2").endsWith(0);
        assertThat(changed.out()).contains("load                   kept")
                .containsPattern("stage:train-scalings \\(basis-scaling\\.camel\\.yaml:\\d+:\\d+\\) runs again: option epochs was 1, now 2");
        assertThat(run.events("stage-changed").get(0).at("/differences/0/part").asText()).isEqualTo("option epochs");
        assertThat(run.stages("stage-changed").get(0)).isEqualTo("train-scalings");
    }

    @Test
    void aRunIsResumedByItsNameInTheFolderOfRuns() {
        RunFolder run = run("runs");
        String name = run.directory().getFileName().toString();
        assertThat(espalier("run", "--resume", name, "--run-dir", folder.resolve("runs").toString()).endsWith(0).run()).isEqualTo(run);
        assertThat(RunFolder.in(folder.resolve("runs"))).hasSize(1);
    }
}
