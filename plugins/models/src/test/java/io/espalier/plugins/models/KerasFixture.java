package io.espalier.plugins.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A file that Keras wrote, with what Keras predicts for some images.
 *
 * @param images [batch, channels, height, width], before any preprocessing
 * @param expected Keras' output as [batch, classes] or [batch, channels, height, width]
 * @param trainable number of parameters that Keras calls trainable when nothing is frozen
 */
record KerasFixture(Path file, INDArray images, INDArray expected, long trainable) {

    /** A file of {@code src/test/resources/keras}, unpacked into a folder. */
    static KerasFixture of(String name, Path folder) throws IOException {
        Path file = unpacked(name, folder);
        return of(file, unpacked(name + ".json", folder));
    }

    /** A file with what Keras predicts beside it. */
    static KerasFixture of(Path file, Path numbers) throws IOException {
        JsonNode json = new ObjectMapper().readTree(numbers.toFile());
        return new KerasFixture(file, channelsFirst(json, "shape", "input"), channelsFirst(json, "outputShape", "output"),
                json.get("trainable").longValue());
    }

    static Path unpacked(String name, Path folder) throws IOException {
        Path file = folder.resolve(name);
        try (InputStream packed = KerasFixture.class.getResourceAsStream("/keras/" + name + ".gz");
                InputStream in = new GZIPInputStream(packed)) {
            Files.write(file, in.readAllBytes());
        }
        return file;
    }

    private static INDArray channelsFirst(JsonNode json, String shape, String values) {
        long[] extents = new long[json.get(shape).size()];
        for (int i = 0; i < extents.length; i++) {
            extents[i] = json.get(shape).get(i).longValue();
        }
        double[] numbers = new double[json.get(values).size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = json.get(values).get(i).doubleValue();
        }
        INDArray array = Nd4j.createFromArray(numbers).reshape('c', extents).castTo(DataType.FLOAT);
        return extents.length == 4 ? array.permute(0, 3, 1, 2).dup('c') : array;
    }
}
