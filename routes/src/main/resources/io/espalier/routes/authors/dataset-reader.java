package @package@;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.data.ImageShape;
import io.espalier.data.InMemory;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.pf4j.Extension;

/** A format of its own: an image a line, its label and then its 28 x 28 pixels, two hexadecimal digits each. */
@Extension
@Named(value = "@name@", doc = "@description@")
public final class @Class@ implements DatasetReader<NoOptions> {

    @Override public boolean accepts(Path source) {
        return Files.isRegularFile(source) && source.toString().endsWith(".hex");
    }

    @Override public RawDataset read(Path source, NoOptions options) throws IOException {
        List<String> lines = Optional.of(Files.readAllLines(source, ISO_8859_1))
                .filter(all -> !all.isEmpty() && all.stream().allMatch(line -> line.matches("0\\d[0-9a-f]{1568}")))
                .orElseThrow(() -> new InputException(source + " has a line that is no label of two digits and 784 pixels; write it anew"));
        List<byte[]> images = lines.stream().map(line -> HexFormat.of().parseHex(line.substring(2))).toList();
        int[] labels = lines.stream().mapToInt(line -> line.charAt(1) - '0').toArray();
        return new RawDataset(List.of("0123456789".split("")), new InMemory(new ImageShape(1, 28, 28), images, labels), Optional.empty(), Optional.empty());
    }
}
