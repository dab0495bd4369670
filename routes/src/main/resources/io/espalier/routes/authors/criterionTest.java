package @package@;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.espalier.testkit.CriterionContract;
import org.junit.jupiter.api.Test;

/** Inherits what every criterion promises. */
class @Class@Test extends CriterionContract {

    @Class@Test() {
        super(@Class@.class);
    }

    @Test
    void aUnitScoresWhatItsLargestWeightIs() {
        double[] scores = scores(new @Class@(), channels(new double[] {0.5, -3, 1}, new double[] {2, 0, 1}));
        assertArrayEquals(new double[] {3, 2}, scores, 1e-6);
    }
}
