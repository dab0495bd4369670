package io.espalier.plugins.onnx.read;

import io.espalier.Shared;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import io.espalier.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The test images of CIFAR-10, as the networks in {@code shared/models} take them. */
final class CifarImages {

    static final int SIDE = 32;
    private static final int RECORD = 1 + 3 * SIDE * SIDE;

    private final byte[] bytes;

    private CifarImages(byte[] bytes) {
        this.bytes = bytes;
    }

    static CifarImages read() throws IOException {
        return new CifarImages(Files.readAllBytes(Shared.file("data/cifar10/test_batch.bin")));
    }

    int count() {
        return bytes.length / RECORD;
    }

    int label(int image) {
        return bytes[image * RECORD];
    }

    /** Some images as a data set has them. */
    Split split(int from, int count) {
        List<byte[]> pixels = IntStream.range(from, from + count)
                .mapToObj(image -> Arrays.copyOfRange(bytes, image * RECORD + 1, (image + 1) * RECORD))
                .toList();
        return new Split(new ImageShape(3, SIDE, SIDE), pixels, IntStream.range(from, from + count).map(this::label).toArray());
    }

    /** Some images [count, 3, 32, 32]. */
    INDArray images(int from, int count) {
        Normalisation torch = Normalisation.TORCH;
        float[] numbers = new float[count * (RECORD - 1)];
        for (int i = 0; i < numbers.length; i++) {
            int place = i % (RECORD - 1);
            int channel = place / (SIDE * SIDE);
            int pixel = bytes[(from + i / (RECORD - 1)) * RECORD + 1 + place] & 0xff;
            numbers[i] = (float) ((pixel * torch.scale() - torch.mean(channel)) / torch.deviation(channel));
        }
        return Nd4j.createFromArray(numbers).reshape('c', count, 3, SIDE, SIDE);
    }
}
