package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Shared;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The real file of 13 convolutions, against loops written out in float64. */
class Vgg16FileTest {

    private static final int SIDE = 12;

    @Test
    void theRealFileIsVgg16AndItsFirstBlockAgreesWithLoopsOverTheBytesOfTheFile() throws IOException {
        var file = Shared.file("models/vgg16-hed-notop.h5");
        KerasWeightsReader reader = new KerasWeightsReader();
        assertThat(reader.accepts(file)).isTrue();
        Pretrained network = reader.read(file, new NoOptions());
        // 14,714,688 is the published number of parameters of VGG16's convolutions, biases included.
        assertThat(network.graph().numParams()).isEqualTo(14_714_688);
        assertThat(network.graph().getNumLayers()).isEqualTo(18);

        double[][][] image = image();
        double[][][] map = image;
        try (var hdf5 = new io.jhdf.HdfFile(file)) {
            for (String layer : new String[] {"block1_conv1", "block1_conv2"}) {
                float[][][][] kernel = (float[][][][]) hdf5.getDatasetByPath(layer + "/" + layer + "_W_1:0").getData();
                float[] bias = (float[]) hdf5.getDatasetByPath(layer + "/" + layer + "_b_1:0").getData();
                map = convolved(map, kernel, bias);
            }
        }
        double[][][] expected = pooled(map);

        INDArray actual = network.graph().feedForward(Nd4j.createFromArray(new double[][][][] {image}).castTo(DataType.FLOAT), false)
                .get("block1_pool");
        assertThat(actual.shape()).containsExactly(1, 64, SIDE / 2, SIDE / 2);
        INDArray wanted = Nd4j.createFromArray(new double[][][][] {expected}).castTo(DataType.FLOAT);
        double error = actual.sub(wanted).amaxNumber().doubleValue() / wanted.amaxNumber().doubleValue();
        assertThat(error).isLessThan(1e-5);
    }

    private static double[][][] image() {
        Random random = new Random(3);
        double[][][] image = new double[3][SIDE][SIDE];
        for (double[][] channel : image) {
            for (double[] row : channel) {
                for (int x = 0; x < SIDE; x++) {
                    row[x] = random.nextInt(256) - 116;
                }
            }
        }
        return image;
    }

    /** [in, height, width] with a kernel [3, 3, in, out], zeros around, ReLU. */
    private static double[][][] convolved(double[][][] map, float[][][][] kernel, float[] bias) {
        double[][][] out = new double[bias.length][SIDE][SIDE];
        for (int o = 0; o < bias.length; o++) {
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    out[o][y][x] = Math.max(0, bias[o] + window(map, kernel, o, y, x));
                }
            }
        }
        return out;
    }

    private static double window(double[][][] map, float[][][][] kernel, int o, int y, int x) {
        double sum = 0;
        for (int i = 0; i < map.length; i++) {
            for (int dy = Math.max(0, 1 - y); dy < Math.min(3, SIDE + 1 - y); dy++) {
                for (int dx = Math.max(0, 1 - x); dx < Math.min(3, SIDE + 1 - x); dx++) {
                    sum += map[i][y + dy - 1][x + dx - 1] * kernel[dy][dx][i][o];
                }
            }
        }
        return sum;
    }

    private static double[][][] pooled(double[][][] map) {
        double[][][] out = new double[map.length][SIDE / 2][SIDE / 2];
        for (int c = 0; c < map.length; c++) {
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    out[c][y / 2][x / 2] = Math.max(out[c][y / 2][x / 2], map[c][y][x]);
                }
            }
        }
        return out;
    }
}
