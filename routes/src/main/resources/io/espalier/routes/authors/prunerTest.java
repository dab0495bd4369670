package @package@;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.espalier.api.Named;
import io.espalier.testkit.PrunerContract;
import org.junit.jupiter.api.Test;

/** Inherits what every pruner promises. */
class @Class@Test extends PrunerContract {

    @Class@Test() {
        super(@Class@.class);
    }

    @Test
    void pipelinesCallItByThisName() {
        assertEquals("@name@", @Class@.class.getAnnotation(Named.class).value());
    }
}
