package io.espalier.plugins.stages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.Chosen;
import io.espalier.api.InputException;
import io.espalier.api.ModelWriter;
import io.espalier.api.NoOptions;
import io.espalier.network.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {

    @TempDir
    Path folder;

    private Bench context;

    /** Writes the digest, or refuses. */
    private record Format(String extension, boolean refuses) implements ModelWriter<NoOptions> {

        @Override
        public void write(Network network, Map<String, Object> card, Path file, NoOptions options) throws IOException {
            Files.writeString(file, network.digest());
            if (refuses) {
                throw new IllegalArgumentException("layer 'a' has no form in it");
            }
        }
    }

    @BeforeEach
    void anEmptyFolder() {
        context = new Bench(folder);
    }

    private static Chosen<ModelWriter<?>> format(String name, boolean refuses) {
        return new Chosen<>(name, new Format(name, refuses), new NoOptions());
    }

    @SuppressWarnings("unchecked")
    private void export(Optional<Chosen<ModelWriter<?>>> format) {
        Optional<Chosen<ModelWriter<Record>>> chosen = (Optional<Chosen<ModelWriter<Record>>>) (Optional<?>) format;
        new Export().apply(Bench.candidate(), new Export.Options(chosen, "net"), context);
    }

    @Test
    void withoutAFormatEveryOneThatCanHoldTheNetworkIsWrittenAndTheOthersSayWhyNot() {
        context.writers.add(format("one", false));
        context.writers.add(format("two", true));
        context.writers.add(format("three", false));
        export(Optional.empty());
        assertThat(folder).isDirectoryContaining("glob:**/net.one").isDirectoryContaining("glob:**/net.three");
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("net.one", "net.three", "net.json");
        assertThat(context.said).anySatisfy(line -> assertThat(line).contains("two", "layer 'a' has no form in it"));
    }

    @Test
    void theFormatThatWasAskedForIsTheOnlyOne() {
        context.writers.add(format("one", false));
        export(Optional.of(format("two", false)));
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("net.two", "net.json");
    }

    @Test
    void theFormatThatWasAskedForIsRefusedWhenItCannotHoldTheNetworkAndNothingIsLeft() {
        assertThatThrownBy(() -> export(Optional.of(format("two", true))))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("two")
                .hasMessageContaining("layer 'a' has no form in it");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aNetworkThatNoFormatCanHoldIsRefusedWithEveryReason() {
        context.writers.add(format("one", true));
        context.writers.add(format("two", true));
        assertThatThrownBy(() -> export(Optional.empty())).isInstanceOf(InputException.class).hasMessageContainingAll("as one", "as two");
        assertThat(folder).isEmptyDirectory();
    }
}
