package io.espalier.routes.whole;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.nio.file.Path;
import java.util.Map;

/** Arguments of {@code run}, made short by little data and a tiny network. */
final class Arguments {

    private Arguments() {}

    /** Options that every shipped pipeline has. */
    static Map<String, String> little() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("model", TinyModels.trained().toString());
        options.put("batch", "16");
        options.put("train", "200");
        options.put("validation", "100");
        options.put("test", "100");
        options.put("epochs", "1");
        options.put("roundEpochs", "1");
        return options;
    }

    /** Of a pipeline that prunes in rounds; whatever the validation says, until the target. */
    static Map<String, String> rounds(String target) {
        return little(Map.of("finalEpochs", "1", "maxDrop", "0.9", "target", target));
    }

    static Map<String, String> little(Map<String, String> more) {
        Map<String, String> options = little();
        options.putAll(more);
        return options;
    }

    static List<String> run(String pipeline, Path runs, Map<String, String> options, String... more) {
        List<String> arguments = new ArrayList<>(List.of("run", pipeline, "--run-dir", runs.toString()));
        options.forEach((name, value) -> arguments.addAll(List.of("-p", name + "=" + value)));
        arguments.addAll(List.of(more));
        return arguments;
    }
}
