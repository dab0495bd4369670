package io.espalier.routes.whole;

import static io.espalier.routes.whole.Espalier.espalier;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong before anything runs: exit code 2, a message that names place and mend, and no run directory. */
class RefusalsIT {

    @TempDir
    private Path folder;

    private Espalier.Said refused(List<String> arguments) {
        Espalier.Said said = espalier(arguments).endsWith(2);
        assertThat(folder.resolve("runs")).as("nothing is left behind").doesNotExist();
        assertThat(said.err()).doesNotContain("\tat ", "Exception");
        return said;
    }

    private Espalier.Said refused(String pipeline, Map<String, String> more) {
        return refused(Arguments.run(pipeline, folder.resolve("runs"), Arguments.little(more)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "criterion  | basis-tailor    | stage:threshold | there is no criterion 'basis-tailor'; did you mean 'basis-taylor'?",
        "criterion  | l1.depth        | stage:threshold | there is no criterion 'l1.depth'",
        "fraction   | 1.5             | stage:threshold | fraction=1.5 is out of range: share of what is left to remove, 0 < fraction < 1",
        "fraction   | 0               | stage:threshold | fraction=0 is out of range",
        "fraction   | NaN             | stage:threshold | fraction=NaN is no number",
        "fraction   | a fifth         | stage:threshold | fraction=a fifth is no number",
        "epochs     | 2.5             | stage:train-scalings | epochs=2.5 is no whole number",
        "epochs     | 0               | stage:train-scalings | epochs=0 is out of range",
        "batch      | -32             | stage:train-scalings | batch=-32 is out of range",
        "augment    | rotate          | stage:train-scalings | augment=rotate is none of none, flip, shift",
        "head       | gone            | stage:load | head=gone is none of new, keep",
        "fit        | stretch         | stage:load | fit=stretch is none of",
        "preprocessing | kaffe        | stage:load | preprocessing=kaffe is none of auto, torch, caffe, vgg, tf, unit, none; did you mean 'caffe'?",
        "metric     | acuracy         | stage:guard | metric=acuracy is none of accuracy, balanced-accuracy, auc; did you mean 'accuracy'?",
        "maxDrop    | 1               | stage:guard | maxDrop=1 is out of range",
        "target     | 95              | stage:guard | target=95 is out of range",
        "model      | nothing.zip     | stage:load | model=nothing.zip: there is no file or folder 'nothing.zip'",
        "data       | no/such/folder  | stage:load | data=no/such/folder: there is no file or folder 'no/such/folder'",
        "data       | bundled:mnist   | stage:load | nothing called 'mnist' is bundled",
        "frction    | 0.2             | -p frction | has no parameter 'frction'; did you mean 'fraction'?",
    })
    void aValueThatCannotBeIsNamedWithItsPlaceAndTheMend(String parameter, String value, String place, String message) {
        Espalier.Said said = refused("basis-scaling", Map.of(parameter, value));
        assertThat(said.err()).contains(message).contains(place);
        if (!place.startsWith("-p")) {
            assertThat(said.err()).containsPattern("basis-scaling\\.camel\\.yaml:\\d+:\\d+  " + place);
        }
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        Espalier.Said said = refused("basis-scaling", Map.of("fraction", "2", "epochs", "none", "modle", "x"));
        assertThat(said.err()).contains("fraction=2 is out of range", "epochs=none is no whole number", "has no parameter 'modle'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "run basis-scalling           | there is no pipeline 'basis-scalling', neither shipped nor as a file; did you mean 'basis-scaling'?",
        "run basis-scaling --engine x | there is no engine 'x'",
        "run basis-scaling --engine dl4j --precision bf16 | the engine dl4j has no convolutions in bf16",
        "run basis-scaling --precision half | expected one of [FLOAT32, BF16]",
        "run basis-scaling --seed one | 'one' is not a long",
        "run --resume nowhere         | nowhere",
        "run                          | no pipeline is named",
        "run basis-scaling -p epochs  | epochs",
        "runn basis-scaling           | did you mean 'run'?",
        "run basis-scaling --plugins nowhere | nowhere",
    })
    void aCommandThatIsNone(String command, String message) {
        String[] words = command.split(" ");
        List<String> arguments = words[0].equals("run") ? Espalier.concat(List.of(words), List.of("--run-dir", folder.resolve("runs").toString())) : List.of(words);
        assertThat(refused(arguments).err()).contains(message);
    }

    private static final String LOAD = "        - to: \"stage:load?model=RAW({{model}})&data=bundled:mnist-small&train=50&validation=20&test=20\"\n";

    private Espalier.Said refusedPipeline(String steps) throws IOException {
        Path file = Files.writeString(folder.resolve("own.camel.yaml"), """
                - route:
                    id: own
                    from:
                      uri: direct:own
                      steps:
                """ + steps);
        List<String> parameters = steps.contains("{{model}}") ? List.of("-p", "model=" + TinyModels.trained()) : List.of();
        Espalier.Said said = refused(Espalier.concat(List.of("run", file.toString(), "--run-dir", folder.resolve("runs").toString()), parameters));
        // What `run` refuses, `validate` refuses in the same words.
        assertThat(espalier(Espalier.concat(List.of("validate", file.toString()), parameters)).endsWith(2).err()).isEqualTo(said.err());
        return said;
    }

    @Test
    void aStageThatIsNone() throws IOException {
        assertThat(refusedPipeline(LOAD + "        - to: stage:decompse\n").err())
                .startsWith("own.camel.yaml:7:15").contains("there is no stage 'decompse'; did you mean 'decompose'?");
    }

    @Test
    void anOptionThatAStageDoesNotHave() throws IOException {
        assertThat(refusedPipeline(LOAD + "        - to: stage:decompose\n        - to: stage:threshold?fractoin=0.2\n").err())
                .startsWith("own.camel.yaml:8:15  stage:threshold has no option 'fractoin'")
                .contains("did you mean 'fraction' (share of what is left to remove, 0 < fraction < 1)?");
    }

    @Test
    void yamlThatDoesNotParse() throws IOException {
        assertThat(refusedPipeline(LOAD + "       - to: [stage:decompose\n").err()).startsWith("own.camel.yaml:7:8  this is no YAML");
    }

    @Test
    void aStepThatCamelDoesNotKnow() throws IOException {
        assertThat(refusedPipeline(LOAD + "        - too: stage:decompose\n").err()).contains("own.camel.yaml", "too", "line 7");
    }

    @Test
    void aThresholdBeforeDecompose() throws IOException {
        assertThat(refusedPipeline(LOAD + "        - to: stage:threshold?fraction=0.2\n").err())
                .startsWith("own.camel.yaml:7:15  stage:threshold needs a decomposed network").contains("put stage:decompose or stage:double-prune before it");
    }

    @Test
    void taylorWithoutATrainingBeforeIt() throws IOException {
        assertThat(refusedPipeline(LOAD + "        - to: stage:decompose\n        - to: stage:threshold?criterion=basis-taylor\n").err())
                .startsWith("own.camel.yaml:8:15").contains("put stage:train-scalings before it");
    }

    @Test
    void anExportOfANetworkThatIsStillDecomposed() throws IOException {
        assertThat(refusedPipeline(LOAD + "        - to: stage:decompose\n        - to: stage:export\n").err())
                .startsWith("own.camel.yaml:8:15").contains("stage:export needs a network of standard layers");
    }

    @Test
    void nothingLoaded() throws IOException {
        assertThat(refusedPipeline("        - to: stage:decompose\n").err()).startsWith("own.camel.yaml:6:15").contains("needs a network", "put stage:load before it");
    }

    @Test
    void aPlaceholderWithoutAValue() throws IOException {
        Path file = Files.writeString(folder.resolve("own.camel.yaml"), "- route:\n    id: own\n    from:\n      uri: direct:own\n      steps:\n" + LOAD);
        assertThat(refused(List.of("run", file.toString(), "--run-dir", folder.resolve("runs").toString())).err())
                .contains("own.camel.yaml:6:15").contains("{{model}} has no value and no default").contains("give -p model=…");
    }

    @Test
    void aRouteOfAnotherName() throws IOException {
        Path file = Files.writeString(folder.resolve("mine.camel.yaml"),
                "- route:\n    id: own\n    from:\n      uri: direct:own\n      steps:\n" + LOAD.replace("{{model}}", "bundled:fashion-vgg.json"));
        assertThat(refused(List.of("run", file.toString(), "--run-dir", folder.resolve("runs").toString())).err()).contains("mine", "own");
    }

    @Test
    void aPathWithWhatAnAddressCannotHoldArrivesWhole() throws IOException {
        Path odd = Files.createDirectories(folder.resolve("a b+c & d%20#e")).resolve("model.zip");
        Files.copy(TinyModels.trained(), odd);
        Map<String, String> options = new LinkedHashMap<>(Arguments.little());
        options.put("model", odd.toString());
        assertThat(espalier("explain", "basis-scaling", "-p", "model=" + odd).endsWith(0).out()).contains(odd.toString());
    }
}
