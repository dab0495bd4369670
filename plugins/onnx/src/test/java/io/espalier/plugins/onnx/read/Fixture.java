package io.espalier.plugins.onnx.read;

import io.espalier.network.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * An export of a real framework: one line of {@code fixtures.txt}.
 *
 * @param name of the file without its ending
 * @param channels of its images
 * @param side of its images in pixels
 * @param parameters as the framework counts them, less what its exporter folds
 */
record Fixture(String name, int channels, int side, long parameters) {

    static Path folder() {
        return Path.of("src", "test", "resources", "onnx");
    }

    static Stream<Fixture> all() throws IOException {
        return Files.readAllLines(folder().resolve("fixtures.txt")).stream().filter(line -> !line.startsWith("#")).map(line -> {
            String[] words = line.split(" ");
            return new Fixture(words[0], Integer.parseInt(words[1]), Integer.parseInt(words[2]), Long.parseLong(words[3]));
        });
    }

    Path file() {
        return folder().resolve(name + ".onnx");
    }

    Network network() throws IOException {
        return ReadNetwork.of(file(), side);
    }

    @Override
    public String toString() {
        return name;
    }
}
