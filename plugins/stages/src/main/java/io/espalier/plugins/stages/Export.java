package io.espalier.plugins.stages;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.Flow;
import io.espalier.api.InputException;
import io.espalier.api.ModelWriter;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.RunFailedException;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.Cost;
import io.espalier.network.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pf4j.Extension;

/** Writes the network and its model card to the run's artifacts: in the format asked for, else in every one that can hold it. */
@Extension
@Named(value = "export", doc = "Writes the network, in standard layers only, and its model card.")
@Flow(needs = {"loaded", "plain"})
public final class Export implements Stage<Export.Options> {

    public record Options(
            @Option(doc = "format of the file; if none is given, a file in every format that can hold the network")
                    Optional<Chosen<ModelWriter<Record>>> format,
            @Option(doc = "name of the files, without ending", defaultValue = "pruned") String name) {

        public Options {
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
                throw new IllegalArgumentException("name=" + name + " must begin with a letter or digit and hold letters, digits, '.',"
                        + " '_' and '-' only");
            }
        }
    }

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        Map<String, Object> card = card(candidate);
        List<String> written = new ArrayList<>();
        Path cardFile = context.artifacts().resolve(options.name() + ".json");
        try {
            if (options.format().isPresent()) {
                written.add(write(candidate.network(), card, options, options.format().get(), context));
            } else {
                written.addAll(writeAll(candidate.network(), card, options, context));
            }
            whole(cardFile, file -> new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), card));
        } catch (IOException e) {
            throw new RunFailedException("cannot write to " + context.artifacts() + ": " + e.getMessage() + "; make room, then resume the run", e);
        }
        context.say("wrote " + String.join(", ", written) + " and " + cardFile.getFileName());
        return candidate;
    }

    /** What one format cannot hold another may: only a network that none can hold is refused. */
    private static List<String> writeAll(Network network, Map<String, Object> card, Options options, StageContext context) throws IOException {
        List<String> written = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        for (Chosen<ModelWriter<Record>> format : writers(context)) {
            try {
                written.add(write(network, card, options, format, context));
            } catch (InputException e) {
                refusals.add(e.getMessage());
            }
        }
        if (written.isEmpty()) {
            throw new InputException(refusals.isEmpty()
                    ? "there is no model writer at hand, so nothing can be exported; is a plugin missing?"
                    : "no format can hold the network: " + String.join("; ", refusals));
        }
        refusals.forEach(context::say);
        return written;
    }

    @SuppressWarnings("unchecked")
    private static List<Chosen<ModelWriter<Record>>> writers(StageContext context) {
        return (List<Chosen<ModelWriter<Record>>>) (List<?>) context.extensions(ModelWriter.class);
    }

    /** Writes a file. */
    private interface Writing {
        void to(Path file) throws IOException;
    }

    /** A file appears under its name only when it is whole. */
    private static void whole(Path file, Writing writing) throws IOException {
        Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
        try {
            writing.to(partial);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** The name of the file that was written. */
    private static String write(
            Network network, Map<String, Object> card, Options options, Chosen<ModelWriter<Record>> format, StageContext context) throws IOException {
        String name = options.name() + "." + format.extension().extension();
        try {
            whole(context.artifacts().resolve(name), file -> format.extension().write(network, card, file, format.options()));
        } catch (IllegalArgumentException e) {
            throw new InputException("the network cannot be written as " + format.name() + ": " + e.getMessage(), e);
        }
        return name;
    }

    private static Map<String, Object> card(Candidate candidate) {
        Network network = candidate.network();
        Cost cost = Cost.of(network);
        Map<String, Object> card = new LinkedHashMap<>();
        card.put("format", "espalier-model-card");
        card.put("version", 1);
        card.put("classes", network.classes());
        card.put("preprocessing", network.preprocessing().asMap());
        card.put("parameters", cost.parameters());
        card.put("flops", cost.flops());
        card.put("digest", network.digest());
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("source", String.valueOf(Path.of(candidate.dataset().source()).getFileName()));
        data.put("digest", candidate.dataset().digest());
        data.put("note", candidate.dataset().note());
        if (!candidate.dataset().isEmpty()) {
            card.put("data", data);
        }
        card.put("metrics", finite(candidate.metrics()));
        card.put("lineage", candidate.lineage());
        return card;
    }

    /** JSON has no NaN: a metric that could not be had is null. */
    private static Map<String, Double> finite(Map<String, Double> metrics) {
        Map<String, Double> result = new TreeMap<>();
        metrics.forEach((name, value) -> result.put(name, Double.isFinite(value) ? value : null));
        return result;
    }
}
