package io.espalier.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
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
    @ValueSource(strings = {"basis-scaling", "double-pruning", "random-control", "unpruned-control", "compare-criteria"})
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
    @ValueSource(strings = {"basis-scaling", "double-pruning", "random-control", "unpruned-control", "compare-criteria", "pretrain"})
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
