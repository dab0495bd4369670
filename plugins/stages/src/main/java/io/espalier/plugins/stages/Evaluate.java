package io.espalier.plugins.stages;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Progress;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.data.Dataset;
import io.espalier.data.Split;
import io.espalier.engine.Evaluations;
import io.espalier.engine.Metrics;
import io.espalier.engine.Precision;
import io.espalier.network.Cost;
import io.espalier.network.Folding;
import io.espalier.network.Network;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.pf4j.Extension;

/**
 * Measures the network on a part of the data. On the test part it measures the networks of the summary with it, so that
 * the test images are read once.
 */
@Extension
@Named(value = "evaluate", doc = "Measures accuracy, balanced accuracy, AUC, loss and recall on a part of the data.")
@Flow(needs = {"loaded", "data"}, gives = "evaluated")
public final class Evaluate implements Stage<Evaluate.Options> {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");
    private static final List<String> TAKEN = List.of(Candidate.LOADED, Candidate.PRUNED);

    public record Options(
            @Option(doc = "part of the data: train, validation, test", defaultValue = "validation") Dataset.Part split,
            @Option(doc = "name under which the metrics are kept, as in accuracy.NAME; the part's name unless given") Optional<String> as,
            @Option(doc = "name under which the network itself is kept: as teacher=NAME of later stages, and beside the pruned one where test"
                    + " images are read", gives = "milestone:*") Optional<String> milestone,
            @Option(doc = "images at a time", defaultValue = "100", min = 1) int batch) {

        public Options {
            milestone.ifPresent(name -> {
                if (!NAME.matcher(name).matches() || TAKEN.contains(name) || name.startsWith(Guard.MARK)) {
                    throw new IllegalArgumentException("milestone=" + name + " is no name for a network: take one of letters, digits, '-', '_' and"
                            + " '.' that is not among " + TAKEN + " and does not begin with " + Guard.MARK + ", as guard's marks do");
                }
            });
        }
    }

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        String part = options.split().name().toLowerCase(Locale.ROOT);
        String name = options.as().orElse(part);
        Split split = candidate.dataset().part(options.split());
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (options.split() == Dataset.Part.TEST) {
            context.journal("test-read", Map.of("images", split.size()));
        }
        Metrics own = measure(candidate.network(), candidate.dataset(), options, context, name);
        if (options.split() == Dataset.Part.TEST) {
            compared(candidate).forEach((milestone, network) -> {
                Metrics measured = measure(network, candidate.dataset(), options, context, milestone);
                metrics.putAll(named(measured, name + "." + milestone));
                metrics.putAll(coarse(network, candidate.dataset(), options, context, name + "." + milestone));
                context.journal("metrics", Map.of(
                        "name", name + "." + milestone, "split", part, "parameters", Cost.of(network).parameters(), "metrics", measured));
            });
        }
        metrics.putAll(named(own, name));
        if (options.split() == Dataset.Part.TEST) {
            metrics.putAll(named(own, name + "." + Candidate.PRUNED));
            metrics.putAll(coarse(candidate.network(), candidate.dataset(), options, context, name + "." + Candidate.PRUNED));
        }
        context.journal("metrics", Map.of(
                "name", name, "split", part, "parameters", Cost.of(candidate.network()).parameters(), "metrics", own));
        context.say(String.format(Locale.ROOT, "%s: accuracy %.2f %%, balanced %.2f %%, AUC %.4f, loss %.4f on %,d %s images",
                name, 100 * own.accuracy(), 100 * own.balancedAccuracy(), own.auc(), own.loss(), split.size(), part));
        context.variable("accuracy", own.accuracy());
        context.variable("balancedAccuracy", own.balancedAccuracy());
        context.variable("auc", own.auc());
        context.variable("loss", own.loss());
        Candidate measured = candidate.withMetrics(metrics);
        return options.milestone().map(milestone -> measured.withMilestone(milestone, candidate.network())).orElse(measured);
    }

    /** The networks that a summary sets beside the pruned one; a new head was untrained when loaded, so that is left out. */
    private static Map<String, Network> compared(Candidate candidate) {
        Map<String, Network> networks = new LinkedHashMap<>();
        candidate.milestones().forEach((name, network) -> {
            if (!name.equals(Candidate.LOADED) || !Lineage.headIsNew(candidate)) {
                networks.put(name, Folding.fold(network));
            }
        });
        return networks;
    }

    /** What is reported in the end is float32's, whatever the run computes in. */
    private static Metrics measure(Network network, Dataset dataset, Options options, StageContext context, String name) {
        boolean last = options.split() == Dataset.Part.TEST;
        return measure(last ? context.evaluations().exact() : context.evaluations(), network, dataset, options, context, name);
    }

    /** Where the run does not compute in float32, its accuracy beside float32's. */
    private static Map<String, Double> coarse(Network network, Dataset dataset, Options options, StageContext context, String name) {
        Precision precision = context.engine().precision();
        if (precision == Precision.FLOAT32) {
            return Map.of();
        }
        String inPrecision = name + "." + precision.text();
        Metrics measured = measure(context.evaluations(), network, dataset, options, context, inPrecision);
        context.say(String.format(Locale.ROOT, "%s: accuracy %.2f %%", inPrecision, 100 * measured.accuracy()));
        return Map.of("accuracy." + inPrecision, measured.accuracy());
    }

    private static Metrics measure(
            Evaluations evaluations, Network network, Dataset dataset, Options options, StageContext context, String name) {
        int images = dataset.part(options.split()).size();
        return evaluations.of(network, dataset, options.split(), options.batch(), done -> {
            context.checkInterrupted();
            context.progress(new Progress("evaluating " + name, done, images, "images", Map.of()));
        });
    }

    private static Map<String, Double> named(Metrics metrics, String name) {
        Map<String, Double> named = new LinkedHashMap<>();
        named.put("accuracy." + name, metrics.accuracy());
        named.put("balancedAccuracy." + name, metrics.balancedAccuracy());
        named.put("auc." + name, metrics.auc());
        named.put("loss." + name, metrics.loss());
        for (int i = 0; i < metrics.recall().size(); i++) {
            named.put("recall." + name + "." + i, metrics.recall().get(i));
        }
        return named;
    }
}
