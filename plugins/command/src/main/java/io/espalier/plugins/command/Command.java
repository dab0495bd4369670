package io.espalier.plugins.command;

import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.InputException;
import io.espalier.api.ModelWriter;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.PlanFile;
import io.espalier.api.Pruned;
import io.espalier.api.Pruner;
import io.espalier.api.RunFailedException;
import io.espalier.api.StageContext;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.pf4j.Extension;

/**
 * Has a program of any kind decide. It is run as {@code [interpreter] program [arguments] FOLDER} in a folder that holds the
 * network and {@code groups.json}, and leaves {@code plan.json} or a pruned network there.
 */
@Extension
@Named(value = "command", doc = "Has an external program decide: it gets the network and the groups, and gives a plan or a pruned network.")
public final class Command implements Pruner<Command.Options> {

    private static final String GROUPS = "groups.json";
    private static final String PLAN = "plan.json";

    public record Options(
            @Option(doc = "the program: an executable, or a script for the interpreter; run again when its content changes") Path program,
            @Option(doc = "what runs the program, as python3 or a path; empty: the program itself", defaultValue = "") String interpreter,
            @Option(doc = "arguments of the program before the folder, separated by commas", defaultValue = "") List<String> arguments,
            @Option(doc = "seconds after which the program is ended", defaultValue = "600", min = 1) int timeLimit,
            @Option(doc = "format in which the network is handed over", defaultValue = "onnx") Chosen<ModelWriter<Record>> format) {}

    @Override
    public PruningPlan plan(Candidate candidate, Selection selection, Options options, StageContext context) {
        return prune(candidate, selection, options, context).plan();
    }

    @Override
    public Pruned prune(Candidate candidate, Selection selection, Options options, StageContext context) {
        Network network = candidate.network();
        List<UnitGroup> groups = Channels.groups(network);
        try (HandedFolder folder = HandedFolder.make()) {
            String ending = options.format().extension().extension();
            options.format().extension().write(network, Map.of(), folder.path().resolve("network." + ending), options.format().options());
            Path described = folder.path().resolve(GROUPS);
            GroupsFile.write(described, "network." + ending, groups, network, selection, context.random("command").nextInt(Integer.MAX_VALUE));
            Program program = new Program(options.program(), options.interpreter(), options.arguments(), options.timeLimit());
            Program.Said said = program.run(folder, context);
            Pruned pruned = taken(folder, said, network, groups, selection, ending, context);
            context.journal("command", Map.of("program", program.name(), "out", said.out(), "err", said.err()));
            said.lastLine().ifPresent(line -> context.say(program.name() + ": " + line));
            folder.isDone();
            return pruned;
        } catch (IOException e) {
            throw new RunFailedException("cannot hand the network over: " + e.getMessage() + "; make room, then resume the run", e);
        } catch (IllegalArgumentException e) {
            throw new InputException("the network cannot be handed over as " + options.format().name() + ": " + e.getMessage(), e);
        }
    }

    private static Pruned taken(
            HandedFolder folder, Program.Said said, Network network, List<UnitGroup> groups, Selection selection, String ending,
            StageContext context) throws IOException {
        Path plan = folder.path().resolve(PLAN);
        Path pruned = folder.path().resolve("pruned." + ending);
        if (Files.exists(plan) == Files.exists(pruned)) {
            throw said.fault("wrote " + (Files.exists(plan) ? "both " : "neither ") + PLAN + (Files.exists(plan) ? " and " : " nor ")
                    + pruned.getFileName() + "; it must leave one of them in the folder that it is given");
        }
        try {
            return Files.exists(plan)
                    ? byPlan(PlanFile.parse(PLAN, Files.readString(plan), groups, "command " + said.name()), network, selection)
                    : new PrunedFile(pruned, "command " + said.name()).read(network, context);
        } catch (InputException | RunFailedException e) {
            throw said.fault("gave what cannot be used: " + e.getMessage());
        }
    }

    private static Pruned byPlan(PruningPlan plan, Network network, Selection selection) {
        plan.removals().stream().map(PruningPlan.Removal::group).filter(selection.whole()::contains).findFirst().ifPresent(group -> {
            throw new InputException("it removes channels of layer '" + group + "', which are to be kept");
        });
        return Pruned.by(plan, network);
    }
}
