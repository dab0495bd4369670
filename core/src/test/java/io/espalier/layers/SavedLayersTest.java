package io.espalier.layers;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Networks;
import io.espalier.network.BatchNorms;
import io.espalier.network.ChannelScalings;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import io.espalier.network.NetworkEdit;
import io.espalier.network.Node;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SavedLayersTest {

    @TempDir
    Path folder;

    static List<Network> networks() {
        return Stream.concat(Networks.all().stream().map(SavedLayersTest::ours), Stream.of(ChannelScalings.insert(Networks.residual()))).toList();
    }

    /** Decomposed, every batch norm an affine. */
    private static Network ours(Network network) {
        Network decomposed = Decomposition.decompose(network);
        NetworkEdit edit = decomposed.edit();
        for (Node node : decomposed.nodes()) {
            if (node.layer(BatchNormalization.class).isPresent()) {
                BatchNorms.Affine affine = BatchNorms.affine(node);
                edit.replace(node.computing(
                        new ChannelAffine(affine.scale().length()),
                        Map.of(ChannelAffine.SCALE, affine.scale(), ChannelAffine.SHIFT, affine.shift())));
            }
        }
        return edit.build();
    }

    private File saved(Network network) throws IOException {
        File zip = folder.resolve("network.zip").toFile();
        ModelSerializer.writeModel(network.graph(), zip, false);
        return zip;
    }

    @ParameterizedTest
    @MethodSource("networks")
    void ourLayersSurviveDl4jsModelZip(Network network) throws IOException {
        var restored = ModelSerializer.restoreComputationGraph(saved(network));
        INDArray images = Networks.images(network, 3);
        assertThat(Networks.difference(restored.outputSingle(images), network.graph().outputSingle(images))).isLessThan(1e-6);
        assertThat(Network.of(restored, network.preprocessing(), network.classes()).digest()).isEqualTo(network.digest());
    }

    @Test
    void anAffineComputesWhatItsBatchNormComputed() {
        for (Network network : Networks.all()) {
            INDArray images = Networks.images(network, 3);
            assertThat(Networks.difference(ours(network).graph().outputSingle(images), network.graph().outputSingle(images)))
                    .isLessThan(1e-4);
        }
    }

    /** Every topology as it is, and with our layers in it. */
    @Test
    void aNewProcessLoadsThemAndPredictsTheSame() throws Exception {
        Map<String, Network> networks = new LinkedHashMap<>();
        Networks.byName().forEach((name, network) -> {
            networks.put(name, network);
            networks.put(name + SavedNetwork.OURS, ours(network));
        });
        for (var entry : networks.entrySet()) {
            SavedNetwork files = new SavedNetwork(folder, entry.getKey());
            ModelSerializer.writeModel(entry.getValue().graph(), files.zip(), false);
            Nd4j.saveBinary(Networks.images(entry.getValue(), 3), files.images());
        }
        run(SavedNetwork.class, folder.toString());
        for (var entry : networks.entrySet()) {
            SavedNetwork files = new SavedNetwork(folder, entry.getKey());
            INDArray expected = entry.getValue().graph().outputSingle(Networks.images(entry.getValue(), 3));
            assertThat(Networks.difference(Nd4j.readBinary(files.predictions()), expected)).as(entry.getKey()).isLessThan(1e-6);
            assertThat(files.digest()).as(entry.getKey()).hasContent(entry.getValue().digest());
        }
        assertThat(networks.values()).flatExtracting(Network::nodes).extracting(Node::kind)
                .contains("BasisScalingConvolution", "ChannelAffine", "GroupedConvolution", "ConstantPadding", "Gate");
    }

    private void run(Class<?> main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Path log = folder.resolve("log.txt");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("the process ends").isTrue();
            assertThat(process.exitValue()).as(() -> text(log)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String text(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }
}
