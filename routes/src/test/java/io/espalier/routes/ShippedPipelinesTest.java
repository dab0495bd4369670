package io.espalier.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShippedPipelinesTest {

    private final FakeStages stages = new FakeStages();

    private void run(String name, Map<String, String> parameters) {
        AtomicInteger rounds = new AtomicInteger();
        stages.when("guard", call -> Map.of("pruning", rounds.incrementAndGet() == 2 ? "done" : "continue"));
        stages.when("evaluate", call -> Map.of("accuracy", 0.9));
        Pipeline pipeline = PipelineCheck.check(PipelineSource.of(Path.of("pipelines", name + ".camel.yaml")), parameters, stages);
        try (PipelineContext context = PipelineContext.open(pipeline, stages, stages)) {
            context.run();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"basis-scaling", "data-basis", "double-pruning", "random-control", "unpruned-control", "compare-criteria"})
    void everyShippedPipelineRunsToItsExport(String name) {
        run(name, Map.of("model", "/a model/x.h5", "epochs", "7", "batch", "16"));
        assertThat(stages.called()).startsWith("load", "decompose", "train-scalings").endsWith("fold", "evaluate", "export");
        assertThat(stages.calls().get(0).options()).containsEntry("model", "/a model/x.h5");
        assertThat(stages.calls().get(2).options()).containsEntry("epochs", "7").containsEntry("batch", "16");
    }

    @Test
    void whatIsLeftAfterTheRoundsTrainsOnceMoreUnderTheGuard() {
        run("basis-scaling", Map.of());
        assertThat(stages.called()).endsWith(
                "threshold", "train-scalings", "evaluate", "guard", "train-scalings", "evaluate", "guard", "fold", "evaluate", "export");
        assertThat(stages.called()).filteredOn("threshold"::equals).as("the guard ended the rounds").hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"basis-scaling", "data-basis", "double-pruning", "fine-tuning", "random-control"})
    void aRoundThatFindsNothingToRemoveIsTheLast(String name) {
        AtomicInteger rounds = new AtomicInteger();
        stages.when("threshold", call -> rounds.incrementAndGet() == 3 ? Map.of("pruning", "done") : Map.of());
        stages.when("guard", call -> Map.of("pruning", "continue"));
        Pipeline pipeline = PipelineCheck.check(PipelineSource.of(Path.of("pipelines", name + ".camel.yaml")), Map.of(), stages);
        try (PipelineContext context = PipelineContext.open(pipeline, stages, stages)) {
            context.run();
        }
        assertThat(stages.calls()).filteredOn(call -> call.stage().equals("threshold")).hasSize(3)
                .allSatisfy(call -> assertThat(call.options()).containsEntry("whenEmpty", "stop"));
        List<String> afterRounds = stages.called().subList(stages.called().lastIndexOf("threshold") + 1, stages.called().size());
        assertThat(afterRounds).as("one training, the last").startsWith(name.equals("fine-tuning") ? "fold" : "train-scalings")
                .filteredOn(stage -> stage.startsWith("train")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"basis-scaling", "data-basis", "double-pruning", "random-control", "unpruned-control", "compare-criteria"})
    void whatBecomesOfBatchNormsIsAParameter(String name) {
        run(name, Map.of("batchNorm", "frozen"));
        assertThat(stages.calls()).filteredOn(call -> call.stage().equals("decompose") || call.stage().equals("double-prune"))
                .isNotEmpty().allSatisfy(call -> assertThat(call.options()).containsEntry("batchNorm", "frozen"));
    }

    @Test
    void basesFromDataAreOfTheTrainedNetworkAndTheGuardSeesTheirCut() {
        run("data-basis", Map.of("energy", "0.99", "images", "200"));
        assertThat(stages.called()).startsWith(
                "load", "decompose", "train-scalings", "evaluate", "fold", "decompose", "train-scalings", "evaluate", "guard", "threshold");
        assertThat(stages.calls().get(5).options())
                .containsEntry("basis", "data").containsEntry("energy", "0.99").containsEntry("images", "200");
        assertThat(stages.calls().get(9).options())
                .containsEntry("criterion", "basis-taylor").containsEntry("fraction", "0.15").containsEntry("costExponent", "0.5");
    }

    @Test
    void fineTuningTrainsAllThatIsLeftWithItsBatchNormsAndGoesBackWhereThatMadeItWorse() {
        run("fine-tuning", Map.of("fineTuneEpochs", "2", "fineTuneLearningRate", "0.01"));
        assertThat(stages.called()).startsWith("load", "decompose", "train-scalings", "evaluate", "double-prune", "train-scalings")
                .endsWith("fold", "evaluate", "guard", "train", "evaluate", "guard", "evaluate", "export");
        assertThat(stages.calls().get(0).options()).containsEntry("head", "keep");
        assertThat(stages.calls().get(4).options()).containsEntry("batchNorm", "frozen").containsEntry("basis", "data").doesNotContainKey("energy");
        FakeStages.Call train = stages.calls().get(stages.calls().size() - 5);
        assertThat(train.options()).containsEntry("layers", "all").containsEntry("epochs", "2").containsEntry("learningRate", "0.01");
        assertThat(stages.calls().get(stages.calls().size() - 3).options()).containsEntry("maxDrop", "0").containsEntry("relativeTo", "kept");
    }

    @Test
    void channelScalingGoesOnUntilNoChannelFalls() {
        AtomicInteger selections = new AtomicInteger();
        stages.when("select-channels", call -> selections.incrementAndGet() == 3 ? Map.of("pruning", "done") : Map.of());
        stages.when("guard", call -> Map.of("pruning", "continue"));
        Pipeline pipeline = PipelineCheck.check(
                PipelineSource.of(Path.of("pipelines", "channel-scaling.camel.yaml")), Map.of("below", "0.2", "l1", "0.005"), stages);
        try (PipelineContext context = PipelineContext.open(pipeline, stages, stages)) {
            context.run();
        }
        assertThat(stages.called()).containsExactly(
                "load", "insert-scalings", "train-scalings", "evaluate",
                "select-channels", "train-scalings", "evaluate", "guard",
                "select-channels", "train-scalings", "evaluate", "guard",
                "select-channels",
                "train-scalings", "evaluate", "guard", "fold", "evaluate", "export");
        assertThat(stages.calls().get(2).options()).containsEntry("l1", "0.005");
        assertThat(stages.calls().get(4).options()).containsEntry("below", "0.2").containsEntry("whenEmpty", "stop");
    }

    @Test
    void evaluateMeasuresAndDoesNothingElse() {
        run("evaluate", Map.of("model", "/a model/x.onnx", "data", "/some data"));
        assertThat(stages.called()).containsExactly("load", "evaluate");
        assertThat(stages.calls().get(0).options())
                .containsEntry("model", "/a model/x.onnx").containsEntry("data", "/some data").containsEntry("head", "keep");
        assertThat(stages.calls().get(1).options()).containsEntry("split", "test");
    }

    @Test
    void convertNeedsNoData() {
        run("convert", Map.of("model", "/a model/x.zip"));
        assertThat(stages.called()).containsExactly("load", "export");
        assertThat(stages.calls().get(0).options()).containsEntry("model", "/a model/x.zip").doesNotContainKey("data");
        assertThat(stages.calls().get(1).options()).containsEntry("format", "onnx");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "basis-scaling", "data-basis", "double-pruning", "channel-scaling", "fine-tuning", "random-control", "unpruned-control", "compare-criteria", "pretrain"})
    void theFormatOfTheExportCanBeChosen(String name) {
        Map<String, String> parameters = new HashMap<>(Map.of("format", "onnx"));
        if (name.equals("pretrain")) {
            parameters.put("data", "/some data");
        }
        run(name, parameters);
        assertThat(stages.calls().get(stages.calls().size() - 1).options()).containsEntry("format", "onnx");
    }

    @Test
    void theRandomControlDiffersInTheCriterionAlone() {
        run("random-control", Map.of());
        assertThat(stages.calls().get(4).options()).containsEntry("criterion", "random").containsEntry("fraction", "0.2");
    }
}
