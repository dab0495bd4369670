package io.espalier.plugins.command;

import io.espalier.api.Chosen;
import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Pretrained;
import io.espalier.api.Pruned;
import io.espalier.api.StageContext;
import io.espalier.network.Cost;
import io.espalier.network.Network;
import io.espalier.network.PruningPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.exception.DL4JException;
import org.deeplearning4j.nn.conf.inputs.InputType;

/**
 * A network that a program pruned by itself.
 *
 * @param file in a format that one of the readers knows
 * @param reason for people
 */
record PrunedFile(Path file, String reason) {

    /** @throws InputException when it is not what is left of that network */
    Pruned read(Network before, StageContext context) throws IOException {
        Chosen<ModelReader<Record>> reader = reader(context);
        Pretrained pretrained = reader.extension().read(file, reader.options());
        var input = before.preprocessing().input();
        if (pretrained.channels() != input.channels() || pretrained.input().isPresent() && !pretrained.input().get().equals(input)) {
            throw wrong("takes images of " + pretrained.input().map(Object::toString).orElse(pretrained.channels() + " channels") + ", not of " + input);
        }
        Network network = network(pretrained, before);
        long outputs = network.outputTypes().get(network.output()) instanceof InputType.InputTypeFeedForward end ? end.getSize() : 0;
        if (outputs != before.classes().size()) {
            throw wrong("tells " + outputs + " classes apart, not " + before.classes().size());
        }
        if (Cost.of(network).parameters() >= Cost.of(before).parameters()) {
            throw wrong("has " + Cost.of(network).parameters() + " parameters, no fewer than the " + Cost.of(before).parameters() + " before");
        }
        return new Pruned(new PruningPlan(reason, List.of(), Map.of()), network);
    }

    @SuppressWarnings("unchecked")
    private Chosen<ModelReader<Record>> reader(StageContext context) throws IOException {
        for (Chosen<ModelReader<Record>> reader : (List<Chosen<ModelReader<Record>>>) (List<?>) context.extensions(ModelReader.class)) {
            if (reader.extension().accepts(file)) {
                return reader;
            }
        }
        throw wrong("is in no known format");
    }

    private Network network(Pretrained pretrained, Network before) {
        try {
            Network network = Network.of(pretrained.graph(), before.preprocessing(), before.classes());
            network.outputTypes();
            return network;
        } catch (IllegalArgumentException | IllegalStateException | DL4JException e) {
            throw new InputException(file.getFileName() + " cannot take images of " + before.preprocessing().input() + ": " + e.getMessage(), e);
        }
    }

    private InputException wrong(String why) {
        return new InputException(file.getFileName() + " " + why);
    }
}
