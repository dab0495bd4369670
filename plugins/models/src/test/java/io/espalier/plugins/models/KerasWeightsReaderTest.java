package io.espalier.plugins.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.espalier.api.InputException;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class KerasWeightsReaderTest {

    private final KerasWeightsReader reader = new KerasWeightsReader();

    @TempDir
    Path folder;

    private Pretrained read(KerasFile file) throws IOException {
        return reader.read(file.write(folder.resolve("weights.h5"), true), new NoOptions());
    }

    private void refuses(KerasFile file, String... parts) {
        assertThatThrownBy(() -> read(file)).isInstanceOf(InputException.class)
                .hasMessageContaining("weights.h5").hasMessageContainingAll(parts);
    }

    @Test
    void kernelsGoFromHeightWidthInOutToOutInHeightWidth() throws IOException {
        KerasFile file = KerasFile.small(false);
        Pretrained network = read(file);
        for (String convolution : file.weighted()) {
            float[][][][] keras = (float[][][][]) file.array(convolution, "kernel:0");
            INDArray kernel = network.graph().getLayer(convolution).getParam("W");
            assertThat(kernel.shape()).containsExactly(keras[0][0][0].length, keras[0][0].length, 3, 3);
            for (int[] at : new int[][] {{0, 0, 0, 0}, {0, 2, 1, 1}, {2, 1, 0, 1}, {1, 2, 1, 0}}) {
                assertThat(kernel.getFloat(at[3], at[2], at[0], at[1])).isEqualTo(keras[at[0]][at[1]][at[2]][at[3]]);
            }
            assertThat(network.graph().getLayer(convolution).getParam("b").toFloatVector())
                    .containsExactly((float[]) file.array(convolution, "bias:0"));
        }
    }

    @Test
    void aFileWithoutTopEndsWithTheLastPoolingAndServesAnySize() throws IOException {
        Pretrained network = read(KerasFile.small(false));
        assertThat(network.input()).isEmpty();
        assertThat(network.channels()).isEqualTo(3);
        assertThat(network.usual()).isEqualTo(Normalisation.VGG);
        assertThat(network.graph().getConfiguration().getNetworkOutputs()).containsExactly("block5_pool");
        assertThat(network.graph().outputSingle(Nd4j.rand(2, 3, 32, 64)).shape()).containsExactly(2, 2, 1, 2);
    }

    @Test
    void theNamingOfKeras3WithoutInnerGroupsIsReadToo() throws IOException {
        Path path = KerasFile.small(false).write(folder.resolve("weights.h5"), false);
        assertThat(reader.read(path, new NoOptions()).graph().getNumLayers()).isEqualTo(18);
    }

    @Test
    void theTopSeesTheFeatureMapInKerasOrder() throws IOException {
        KerasFile file = KerasFile.small(true);
        Pretrained network = read(file);
        assertThat(network.input()).contains(new ImageShape(3, 224, 224));
        INDArray image = Nd4j.rand(1, 3, 224, 224);
        var outputs = network.graph().feedForward(image, false);
        INDArray features = outputs.get("block5_pool");
        float[][] kernel = (float[][]) file.array("fc1", "kernel:0");
        float[] bias = (float[]) file.array("fc1", "bias:0");
        for (int unit = 0; unit < bias.length; unit++) {
            double sum = bias[unit];
            for (int row = 0; row < 7; row++) {
                for (int column = 0; column < 7; column++) {
                    for (int channel = 0; channel < 2; channel++) {
                        sum += features.getDouble(0, channel, row, column) * kernel[(row * 7 + column) * 2 + channel][unit];
                    }
                }
            }
            assertThat(outputs.get("fc1").getDouble(0, unit)).isCloseTo(Math.max(sum, 0), withinPercentage(1e-3));
        }
        assertThat(outputs.get("predictions").sumNumber().doubleValue()).isCloseTo(1, offset(1e-5));
    }

    @Test
    void aMissingLayerIsNamed() {
        refuses(KerasFile.small(false).without("block3_conv2"), "'block3_conv2'", "no weights for it");
        refuses(KerasFile.small(true).without("fc2"), "'fc2'", "no weights for it");
        refuses(KerasFile.small(true).without("fc1"), "'fc1'", "no weights for it");
    }

    @Test
    void aKernelOfAnotherShapeIsNamedWithBothShapes() {
        KerasFile file = KerasFile.small(false).layer("block2_conv1", KerasFile.kernel(new Random(1), 2, 7), new float[7]);
        refuses(file, "block2_conv2", "[3, 3, 3, 3]", "[3, 3, 7, any]");
    }

    @Test
    void aBiasOfAnotherLengthIsNamed() {
        KerasFile file = KerasFile.small(false).layer("block2_conv1", KerasFile.kernel(new Random(1), 2, 3), new float[4]);
        refuses(file, "bias:0", "block2_conv1", "[4]", "[3]");
    }

    @Test
    void numbersOfAnotherTypeAreRefused() {
        KerasFile file = KerasFile.small(false).layer("block1_conv1", new double[3][3][3][2], new float[2]);
        refuses(file, "block1_conv1", "8 bytes", "float32");
    }

    @Test
    void weightsThatAreNotFiniteAreRefused() {
        KerasFile file = KerasFile.small(false).layer("block1_conv2", KerasFile.kernel(new Random(1), 2, 2), new float[] {0, Float.NaN});
        refuses(file, "block1_conv2", "NaN");
    }

    @Test
    void anotherNetworkIsRefusedWithItsLayers() {
        KerasFile resnet = new KerasFile().layer("conv1_conv", new float[7][7][3][2], new float[2]);
        refuses(resnet, "not known", "conv1_conv", "VGG16");
    }

    @Test
    void hdf5ThatIsNotKerasIsRefused() {
        Path path = folder.resolve("weights.h5");
        try (var file = io.jhdf.HdfFile.write(path)) {
            file.putDataset("numbers", new float[3]);
        }
        assertThatThrownBy(() -> reader.read(path, new NoOptions())).isInstanceOf(InputException.class)
                .hasMessageContaining("no attribute layer_names");
    }

    @Test
    void aFurtherLayerWithWeightsIsRefused() {
        refuses(KerasFile.small(false).layer("extra", new float[1][1], new float[1]), "extra", "VGG16 has not");
    }

    @Test
    void aTruncatedFileIsRefusedByName() throws IOException {
        Path path = KerasFile.small(false).write(folder.resolve("weights.h5"), true);
        byte[] bytes = Files.readAllBytes(path);
        Path cut = Files.write(folder.resolve("cut.h5"), Arrays.copyOf(bytes, bytes.length / 2));
        assertThat(reader.accepts(cut)).isTrue();
        assertThatThrownBy(() -> reader.read(cut, new NoOptions())).isInstanceOf(InputException.class)
                .hasMessageContaining("cut.h5 is truncated").hasMessageContaining("Get the file again");
    }
}
