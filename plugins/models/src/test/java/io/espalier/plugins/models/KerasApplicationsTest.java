package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The applications as they are, 1.3 GB of files that {@code keras_fixtures.py applications FOLDER} makes: run by hand with
 * {@code -Dkeras.applications=FOLDER}. The narrow ones of {@link KerasModelsTest} run always.
 */
@EnabledIfSystemProperty(named = "keras.applications", matches = ".+")
class KerasApplicationsTest {

    static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("keras.applications")))) {
            return all.filter(file -> file.toString().endsWith(".h5")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void predictsWhatKerasPredictsWithAsManyParameters(Path file) throws IOException {
        KerasFixture keras = KerasFixture.of(file, Path.of(file + ".json"));
        Pretrained pretrained = new KerasWeightsReader().read(file, new NoOptions());
        double error = KerasModelsTest.check(file.getFileName().toString(), keras, pretrained);
        long parameters = KerasModelsTest.parameters(keras, pretrained);
        System.out.printf("FOUND %s: %,d parameters, error %.1e%n", file.getFileName(), parameters, error);
        assertThat(parameters).isEqualTo(keras.trainable());
    }
}
