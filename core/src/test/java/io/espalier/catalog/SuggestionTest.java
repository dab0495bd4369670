package io.espalier.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {

    private static final List<String> KNOWN = List.of("basis-taylor", "decompose", "evaluate", "fraction", "random", "threshold");

    @ParameterizedTest
    @CsvSource({"treshold, threshold", "fractoin, fraction", "Evaluate, evaluate", "basis_tailor, basis-taylor", "randon, random",
        "taylor, basis-taylor"})
    void aNameThatIsNearlyRightIsRecognised(String written, String meant) {
        assertThat(Suggestion.of(written, KNOWN)).contains(meant);
        assertThat(Suggestion.clause(written, KNOWN)).isEqualTo("; did you mean '" + meant + "'?");
    }

    @ParameterizedTest
    @CsvSource({"fine-tune", "x", "''", "an"})
    void aNameLikeNoOtherGetsNoSuggestion(String written) {
        assertThat(Suggestion.of(written, KNOWN)).isEmpty();
        assertThat(Suggestion.clause(written, KNOWN)).isEmpty();
    }

    @Test
    void theNearestWins() {
        assertThat(Suggestion.of("fracton", List.of("action", "fraction", "fractions"))).contains("fraction");
    }
}
