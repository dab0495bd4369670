package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.Shared;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models and data that cannot serve, and networks that cannot be pruned as asked: exit code 2, and the file or layer by name. */
class RefusedFilesIT {

    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void digits() throws IOException {
        data = Digits.first("train", 300).idx(folder.resolve("digits"));
    }

    private Espalier.Said refused(String pipeline, Map<String, String> more) {
        Map<String, String> options = Arguments.rounds("0.5");
        options.putAll(Map.of("data", data.toString(), "train", "100", "validation", "50", "test", "50"));
        options.putAll(more);
        Espalier.Said said = espalier(Arguments.run(pipeline, folder.resolve("runs"), options)).endsWith(2);
        assertThat(said.err()).doesNotContain("\tat ", "Exception", "something went wrong");
        RunFolder.in(folder.resolve("runs")).forEach(run -> {
            assertThat(run.artifact("pruned.zip")).doesNotExist();
            assertThat(run.directory().resolve("summary.json")).doesNotExist();
        });
        return said;
    }

    private Espalier.Said refused(Map<String, String> more) {
        return refused("basis-scaling", more);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.5, 0.97})
    void aTruncatedModelZip(double share) throws IOException {
        byte[] whole = Files.readAllBytes(TinyModels.trained());
        Path model = Files.write(folder.resolve("cut.zip"), Arrays.copyOf(whole, (int) (share * whole.length)));
        assertThat(refused(Map.of("model", model.toString())).err()).contains("cut.zip").containsPattern("truncated|damaged|no known format|not a|no zip");
    }

    @Test
    void aModelThatIsNone() throws IOException {
        Path model = Files.writeString(folder.resolve("model.txt"), "I am a model\n");
        assertThat(refused(Map.of("model", model.toString())).err()).contains(model.toString(), "no known format");
    }

    @Test
    void anArchitectureWithAMistake() throws IOException {
        Path model = Files.writeString(folder.resolve("net.json"), """
                {"input": {"channels": 1, "height": 28, "width": 28},
                 "layers": [
                   {"type": "convolutoin", "name": "c1", "filters": 4, "kernel": 3},
                   {"type": "global-average-pooling", "name": "features"},
                   {"type": "softmax", "name": "classes", "classes": 10}]}
                """);
        assertThat(refused(Map.of("model", model.toString())).err()).contains("net.json:3", "convolutoin");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.02, 0.5, 0.97})
    void aTruncatedOnnxModel(double share) throws IOException {
        byte[] whole = Files.readAllBytes(Shared.file("models/resnet20-cifar10.onnx"));
        Path model = Files.write(folder.resolve("cut.onnx"), Arrays.copyOf(whole, (int) (share * whole.length)));
        assertThat(refused(Map.of("model", model.toString())).err()).contains("cut.onnx", "damaged or cut off");
    }

    @Test
    void whatIsOnnxByItsNameOnly() throws IOException {
        Path model = Files.writeString(folder.resolve("net.onnx"), "no protobuf");
        assertThat(refused(Map.of("model", model.toString())).err()).contains("net.onnx", "by its name it is ONNX, but its content is not");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 16, 5000})
    void truncatedImages(int length) throws IOException {
        byte[] whole = Files.readAllBytes(data.resolve("train-images-idx3-ubyte"));
        Files.write(data.resolve("train-images-idx3-ubyte"), Arrays.copyOf(whole, length));
        assertThat(refused(Map.of()).err()).contains("train-images-idx3-ubyte");
    }

    @Test
    void aWrongMagicNumber() throws IOException {
        byte[] bytes = Files.readAllBytes(data.resolve("train-images-idx3-ubyte"));
        Files.write(data.resolve("train-images-idx3-ubyte"), ByteBuffer.wrap(bytes).putInt(0, 0x90d).array());
        assertThat(refused(Map.of()).err()).contains("train-images-idx3-ubyte", "magic number 0x0000090d");
    }

    @Test
    void aLabelThatIsOutOfRange() throws IOException {
        byte[] bytes = Files.readAllBytes(data.resolve("train-labels-idx1-ubyte"));
        bytes[8 + 5] = (byte) 200;
        Files.write(data.resolve("train-labels-idx1-ubyte"), bytes);
        assertThat(refused(Map.of()).err()).contains("200");
    }

    @Test
    void imagesAndLabelsOfDifferentNumber() throws IOException {
        Digits fewer = Digits.first("train", 299);
        Files.write(data.resolve("train-labels-idx1-ubyte"), fewer.labelBytes());
        assertThat(refused(Map.of()).err()).contains("train-images-idx3-ubyte", "300", "train-labels-idx1-ubyte", "299");
    }

    @Test
    void moreImagesThanThereAre() {
        assertThat(refused(Map.of("test", "301")).err()).contains("test=301", "300");
        assertThat(refused(Map.of("train", "260")).err()).contains("train=260");
        assertThat(refused(Map.of("train", "many")).err()).contains("train=many");
    }

    @Test
    void imagesThatDoNotFitTheNetwork() {
        Path larger = TinyModels.write(folder.resolve("larger.zip"), TinyModels.flattening(32));
        assertThat(refused(Map.of("model", larger.toString(), "fit", "refuse")).err()).contains("28x28", "32x32");
        assertThat(refused(Map.of("size", "20", "fit", "refuse")).err()).contains("20x20", "28x28");
    }

    @Test
    void classesOfAnotherNumberThanTheHeadThatIsKept() {
        Path seven = TinyModels.write(folder.resolve("seven.zip"), TinyModels.list(7));
        assertThat(refused(Map.of("model", seven.toString(), "head", "keep")).err()).contains("seven.zip", "7 classes", "10", "head=new");
    }

    @Test
    void preprocessingForAnotherNumberOfChannels() {
        assertThat(refused(Map.of("preprocessing", "caffe")).err()).contains("preprocessing=caffe has 3 channels", "takes 1");
    }

    @Test
    void aPlanThatWouldRemoveNothing() {
        assertThat(refused(Map.of("fraction", "0.0001", "of", "units")).err()).contains("nothing would be removed of 41 basis vectors", "nor was anything removed before", "raise fraction");
    }

    @Test
    void doublePruningWhereNoChannelCanGo() {
        Path mixing = TinyModels.write(folder.resolve("mixing.zip"), TinyModels.mixing());
        assertThat(refused("double-pruning", Map.of("model", mixing.toString())).err())
                .contains("no channels can be removed", "'mixing'", "LocalResponseNormalization", "stage:decompose");
    }

    @Test
    void doublePruningOfAResidualNetworkIsNoProblem() {
        runs("double-pruning", TinyModels.residual());
    }

    @Test
    void basisPruningOfAResidualNetworkIsNoProblem() {
        runs("basis-scaling", TinyModels.residual());
    }

    private void runs(String pipeline, ComputationGraph network) {
        Map<String, String> options = new HashMap<>(Arguments.rounds("0.3"));
        options.put("model", TinyModels.write(folder.resolve("network.zip"), network).toString());
        espalier(Arguments.run(pipeline, folder.resolve("runs"), options)).endsWith(0);
    }

    @Test
    void aThresholdThatWouldRemoveEverything() throws IOException {
        Path pipeline = Files.writeString(folder.resolve("everything.camel.yaml"), """
                - route:
                    id: everything
                    from:
                      uri: direct:everything
                      steps:
                        - to: "stage:load?model=RAW({{model}})&data=RAW({{data}})&train=100&validation=50&test=50"
                        - to: "stage:decompose"
                        - to: "stage:threshold?criterion=singular-value&of=threshold&below=1000"
                        - to: "stage:fold"
                        - to: "stage:export"
                """);
        Espalier.Said said = espalier("run", pipeline.toString(), "--run-dir", folder.resolve("runs").toString(),
                "-p", "model=" + TinyModels.trained(), "-p", "data=" + data).endsWith(2);
        assertThat(said.err()).contains("would remove everything", "lower the fraction or the threshold");
    }
}
