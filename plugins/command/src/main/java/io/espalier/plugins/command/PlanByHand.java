package io.espalier.plugins.command;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.PlanFile;
import io.espalier.api.Pruned;
import io.espalier.api.Pruner;
import io.espalier.api.RunFailedException;
import io.espalier.api.StageContext;
import io.espalier.network.Channels;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.pf4j.Extension;

/** Removes the channels that a file names, whatever the selection says. */
@Extension
@Named(value = "plan", doc = "Removes the channels that a JSON file names, as the journal of a run has them or written by hand.")
public final class PlanByHand implements Pruner<PlanByHand.Options> {

    public record Options(@Option(doc = "the plan: {\"removals\": [{\"group\": \"conv1\", \"removed\": [0, 7]}]}") Path file) {}

    @Override
    public PruningPlan plan(Candidate candidate, Selection selection, Options options, StageContext context) {
        try {
            return PlanFile.parse(
                    options.file().toString(), Files.readString(options.file()), Channels.groups(candidate.network()),
                    "plan " + options.file().getFileName());
        } catch (IOException e) {
            throw new InputException(options.file() + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Pruned prune(Candidate candidate, Selection selection, Options options, StageContext context) {
        try {
            return Pruned.by(plan(candidate, selection, options, context), candidate.network());
        } catch (RunFailedException e) {
            throw new InputException(options.file() + ": " + e.getMessage() + "; mend the file, then resume the run", e);
        }
    }
}
