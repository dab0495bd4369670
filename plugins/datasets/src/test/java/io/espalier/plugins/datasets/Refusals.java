package io.espalier.plugins.datasets;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import java.nio.file.Path;

/** What a refusal must be. */
final class Refusals {

    private Refusals() {}

    static void refuses(DatasetReader<NoOptions> reader, Path source, String... words) {
        assertThatThrownBy(() -> reader.read(source, new NoOptions())).isInstanceOf(InputException.class).hasMessageContainingAll(words);
    }
}
