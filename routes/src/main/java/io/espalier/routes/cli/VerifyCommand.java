package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.testkit.contract.PluginUnderTest;
import io.espalier.testkit.contract.Verification;
import io.espalier.testkit.contract.Verification.Finding;
import io.espalier.testkit.contract.Verification.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code plugins verify}: holds a plugin's jar to the contract. */
@Command(name = "verify", mixinStandardHelpOptions = true, versionProvider = Version.class, sortOptions = false,
        description = "Holds a plugin's jar to the contract: every claim, and how to mend what does not hold. Ends with 1 if a claim is broken.")
final class VerifyCommand implements Callable<Integer> {

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "JAR", description = "The plugin's jar.")
    private Path jar;

    @Option(names = "-o", paramLabel = "EXTENSION.OPTION=VALUE", description = "An option that an extension is tried with; may be given several times.")
    private Map<String, String> options = new LinkedHashMap<>();

    @Option(names = "--sample", paramLabel = "EXTENSION=FILE", description = "A file or folder that a reader reads; may be given several times.")
    private Map<String, Path> samples = new LinkedHashMap<>();

    @Option(names = "--limit", paramLabel = "SECONDS", defaultValue = "60",
            description = "How long one claim may take; what takes longer counts as hanging (default: ${DEFAULT-VALUE}).")
    private long limit;

    @Option(names = "--quiet", description = "Says only what does not hold or was not checked.")
    private boolean quiet;

    VerifyCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    @Override
    public Integer call() {
        if (limit < 1) {
            throw new InputException("--limit=" + limit + " leaves no time\n    write a number of seconds of at least 1");
        }
        if (!Files.isRegularFile(jar)) {
            throw new InputException("there is no file " + jar + "\n    name the jar that the plugin's build made, target/NAME-0.1.0.jar for example");
        }
        Path work = work();
        try (PluginUnderTest plugin = PluginUnderTest.open(jar, workplace.home().resolve("plugins"), workplace.home())) {
            List<Finding> findings = new Verification(plugin, new Verification.Wishes(options, samples, Duration.ofSeconds(limit), work)).perform(this::say);
            return conclude(findings);
        } finally {
            delete(work);
        }
    }

    private static Path work() {
        try {
            return Files.createTempDirectory("espalier-verify");
        } catch (IOException e) {
            throw new InputException("no temporary folder can be made: " + e + "\n    look for space on the disk of " + System.getProperty("java.io.tmpdir"), e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the temporary folder " + folder + " cannot be deleted", e);
        }
    }

    private void say(Finding finding) {
        PrintWriter out = spec.commandLine().getOut();
        switch (finding.outcome()) {
            case HOLDS -> {
                if (!quiet) {
                    out.println("holds        " + finding.about() + "  " + finding.claim() + (finding.words().isEmpty() ? "" : ": " + finding.words()));
                }
            }
            case BROKEN -> out.println("BROKEN       " + finding.about() + "  " + finding.claim() + "\n             " + finding.words());
            case NOT_CHECKED -> out.println("not checked  " + finding.about() + "  " + finding.claim() + "\n             " + finding.words());
        }
        out.flush();
    }

    private int conclude(List<Finding> findings) {
        long broken = count(findings, Outcome.BROKEN);
        long unchecked = count(findings, Outcome.NOT_CHECKED);
        spec.commandLine().getOut().println(jar.getFileName() + ": " + count(findings, Outcome.HOLDS) + " of " + findings.size() + " claims hold"
                + (broken == 0 ? "" : ", " + broken + " broken")
                + (unchecked == 0 ? "" : ", " + unchecked + " not checked (give readers a file with --sample, options with -o)"));
        return broken == 0 ? 0 : Failure.RUN;
    }

    private static long count(List<Finding> findings, Outcome outcome) {
        return findings.stream().filter(finding -> finding.outcome() == outcome).count();
    }
}
