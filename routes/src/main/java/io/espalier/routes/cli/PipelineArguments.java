package io.espalier.routes.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option {@code -p}. */
final class PipelineArguments {

    @Option(names = "-p", paramLabel = "NAME=VALUE", description = "Sets a parameter {{NAME}} of the pipeline; may be given several times.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    Map<String, String> parameters() {
        return parameters;
    }
}
