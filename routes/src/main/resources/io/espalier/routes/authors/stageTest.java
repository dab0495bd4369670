package @package@;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.espalier.api.Flow;
import io.espalier.testkit.StageContract;
import org.junit.jupiter.api.Test;

/** Inherits what every stage promises. */
class @Class@Test extends StageContract {

    @Class@Test() {
        super(@Class@.class);
    }

    @Test
    void whatWasMeasuredBeforeNoLongerHolds() {
        assertEquals("evaluated", @Class@.class.getAnnotation(Flow.class).takes()[0]);
    }
}
