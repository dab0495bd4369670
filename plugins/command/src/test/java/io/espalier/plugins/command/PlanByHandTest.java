package io.espalier.plugins.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.espalier.Networks;
import io.espalier.Workbench;
import io.espalier.api.InputException;
import io.espalier.api.Pruned;
import io.espalier.network.Channels;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanByHandTest {

    @TempDir
    private Path folder;

    private Pruned prune(String json) throws IOException {
        Path file = Files.writeString(folder.resolve("cut.json"), json);
        return new PlanByHand().prune(
                Workbench.candidate(Networks.residual(), 1), Selection.ofUnits(0.5), new PlanByHand.Options(file), new Workbench());
    }

    @Test
    void whatTheFileNamesGoesAndNothingElse() throws IOException {
        Pruned pruned = prune("{\"removals\": [{\"group\": \"stem\", \"removed\": [7, 0, 3]}, {\"group\": \"c3\", \"size\": 4, \"removed\": [1]}]}");
        assertThat(pruned.plan().reason()).isEqualTo("plan cut.json");
        assertThat(Channels.groups(pruned.network())).extracting(UnitGroup::name, UnitGroup::size)
                .containsExactly(tuple("stem", 5), tuple("c2", 12),
                        tuple("c3", 3));
    }

    @Test
    void aPlanIsReadAsTheJournalOfARunHasIt() throws IOException {
        Pruned pruned = prune("{\"reason\": \"criterion l1\", \"removals\": [{\"group\": \"c2\", \"kind\": \"CHANNEL\", \"size\": 12,"
                + " \"removed\": [11], \"lowestKept\": 0.2, \"highestRemoved\": \"NaN\"}]}");
        assertThat(pruned.plan().reason()).isEqualTo("criterion l1");
        assertThat(pruned.plan().count()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "{\"removals\": [{\"group\": \"c1\", \"removed\": [2]}]} | layer 'c1' (ConvolutionLayer) gives no channels that could be removed: its channels go with those of the groups [stem]",
        "{\"removals\": [{\"group\": \"stam\", \"removed\": [2]}]} | no layer 'stam'",
        "{\"removals\": [{\"group\": \"c3\", \"removed\": [0, 1, 2, 3]}]} | removes all 4 units of layer 'c3'",
        "{\"removals\": [{\"group\": \"c3\", \"removed\": [-1]}]} | removes unit -1 of layer 'c3'",
        "{\"removals\": [{\"group\": \"c3\", \"kind\": \"BASIS_VECTOR\", \"removed\": [1]}]} | removes BASIS_VECTOR and not channels",
        "{ | is no JSON, line 1"})
    void aPlanThatBreaksAGroupOrNamesWhatIsNotThereOrEmptiesALayerIsRefusedByName(String json, String why) {
        assertThatThrownBy(() -> prune(json))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("cut.json")
                .hasMessageContaining(why);
    }
}
