package @package@;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.espalier.api.NoOptions;
import io.espalier.testkit.DatasetReaderContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Inherits what every reader of labelled images promises. */
class @Class@Test extends DatasetReaderContract {

    private static final Path SAMPLE = Path.of("sample.hex");

    @Class@Test() {
        super(@Class@.class, SAMPLE);
    }

    @Test
    void everyLineIsAnImage() throws IOException {
        assertEquals(200, new @Class@().read(SAMPLE, new NoOptions()).train().size());
    }
}
