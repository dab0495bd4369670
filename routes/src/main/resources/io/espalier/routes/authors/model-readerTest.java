package @package@;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.espalier.api.NoOptions;
import io.espalier.testkit.ModelReaderContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Inherits what every reader of networks promises. */
class @Class@Test extends ModelReaderContract {

    private static final Path SAMPLE = Path.of("sample.network");

    @Class@Test() {
        super(@Class@.class, SAMPLE);
    }

    @Test
    void theNetworkHasAsManyFiltersAsTheFileSays() throws IOException {
        assertEquals(16, new @Class@().read(SAMPLE, new NoOptions()).graph().getLayer("conv").getParam("W").size(0));
    }
}
