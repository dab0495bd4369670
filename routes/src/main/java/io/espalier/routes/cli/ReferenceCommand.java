package io.espalier.routes.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.routes.Binder;
import io.espalier.routes.reference.ComponentMetadata;
import io.espalier.routes.reference.PipelineSchema;
import io.espalier.routes.reference.ReferencePages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins reference}: what the plugins at hand bring, for people, editors and Camel's tools. */
@Command(name = "reference", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Writes what the plugins bring: pages for people, a JSON schema for editors, metadata for Camel's tools.")
final class ReferenceCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "DIR", description = "Folder for a Markdown page of each extension.")
    private Optional<Path> pages = Optional.empty();

    @Option(names = "--schema", paramLabel = "FILE", description = "File for the JSON schema of pipelines.")
    private Optional<Path> schema = Optional.empty();

    @Option(names = "--component", paramLabel = "FILE", description = "File for the metadata of Camel's component stage:.")
    private Optional<Path> component = Optional.empty();

    @Mixin
    private PluginFolders plugins;

    ReferenceCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        if (pages.isEmpty() && schema.isEmpty() && component.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "say what to write: DIR, --schema FILE or --component FILE");
        }
        try (Binder binder = plugins.open(workplace)) {
            pages.ifPresent(folder -> {
                new ReferencePages(binder).write(folder);
                said(folder);
            });
            write(schema, binder, one -> new PipelineSchema(one).schema());
            write(component, binder, one -> new ComponentMetadata(one).component());
            return 0;
        }
    }

    private void write(Optional<Path> file, Binder binder, Function<Binder, JsonNode> content) {
        file.ifPresent(path -> {
            try {
                Files.writeString(path, text(content.apply(binder)));
                said(path);
            } catch (IOException e) {
                throw new InputException(path.toAbsolutePath() + " cannot be written (" + e + ")\n    name a file in a folder that is there", e);
            }
        });
    }

    private static String text(JsonNode json) throws IOException {
        return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    }

    private void said(Path path) {
        spec.commandLine().getOut().println(path);
    }
}
