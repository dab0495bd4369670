package io.espalier.routes.cli;

import io.espalier.api.InputException;
import io.espalier.catalog.Extension;
import io.espalier.catalog.PluginOrigin;
import io.espalier.engine.onednn.OneDnnEngine;
import io.espalier.routes.Binder;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code doctor}: what this machine has, and what it lacks. */
@Command(name = "doctor", mixinStandardHelpOptions = true, versionProvider = Version.class,
        description = "Says what this machine has for Espalier, what is missing, and how to mend it. Ends with 1 if anything is missing.")
final class DoctorCommand implements Callable<Integer> {

    private static final long LITTLE_SPACE = 2_000_000_000L;
    private static final int OLDEST_JAVA = 17;

    private final Workplace workplace;

    @Spec
    private CommandSpec spec;

    @Mixin
    private PluginFolders plugins;

    DoctorCommand(Workplace workplace) {
        this.workplace = workplace;
    }

    /**
     * What was found.
     *
     * @param what was looked at
     * @param value what is there
     * @param mend what to do, if something is missing
     */
    private record Finding(String what, String value, Optional<String> mend) {

        static Finding good(String what, String value) {
            return new Finding(what, value, Optional.empty());
        }

        static Finding missing(String what, String value, String mend) {
            return new Finding(what, value, Optional.of(mend));
        }
    }

    @Override
    public Integer call() {
        List<Finding> findings = new ArrayList<>(List.of(java(), Finding.good("system", system()), Finding.good("cores", cores()), memory()));
        NativeLibrary library = NativeLibrary.here();
        findings.add(instructions(library));
        findings.add(natives(library.jars()));
        if (library.whyNot().isEmpty()) {
            Finding backend = backend();
            findings.add(backend);
            // Without ND4J there is no engine to ask for.
            if (backend.mend().isEmpty()) {
                findings.add(engines());
            }
        }
        findings.add(accelerator(library.jars()));
        findings.add(space());
        findings.add(plugins());
        PrintWriter out = spec.commandLine().getOut();
        for (Finding finding : findings) {
            out.println(String.format("%-14s %-8s %s", finding.what(), finding.mend().isPresent() ? "MISSING" : "ok", finding.value()));
            finding.mend().ifPresent(mend -> out.println("               mend: " + mend));
        }
        return findings.stream().anyMatch(finding -> finding.mend().isPresent()) ? Failure.RUN : 0;
    }

    private static Finding java() {
        String version = Runtime.version() + " (" + System.getProperty("java.vendor") + ")";
        return Runtime.version().feature() >= OLDEST_JAVA
                ? Finding.good("Java", version)
                : Finding.missing("Java", version, "install a JDK " + OLDEST_JAVA + " or later and set JAVA_HOME");
    }

    private static String system() {
        return System.getProperty("os.name") + " " + System.getProperty("os.version") + ", " + System.getProperty("os.arch");
    }

    private static String cores() {
        String threads = Optional.ofNullable(System.getenv("OMP_NUM_THREADS")).map(n -> ", OMP_NUM_THREADS=" + n).orElse("");
        return Runtime.getRuntime().availableProcessors() + " for Java" + threads;
    }

    private static Finding memory() {
        long heap = Runtime.getRuntime().maxMemory();
        String offHeap = Optional.ofNullable(System.getProperty("org.bytedeco.javacpp.maxbytes")).orElse("as much as the heap");
        String machine = ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? SummaryTable.bytes(system.getTotalMemorySize()) : "unknown";
        return Finding.good("memory", machine + ", of it heap at most " + SummaryTable.bytes(heap) + ", tensors at most " + offHeap);
    }

    private static Finding instructions(NativeLibrary library) {
        String[] lacking = library.whyNot().map(text -> text.split("\n    ", 2)).orElse(null);
        return lacking == null
                ? Finding.good("instructions", library.instructions())
                : Finding.missing("instructions", library.instructions() + "; " + lacking[0], lacking[1]);
    }

    private static Finding natives(List<String> jars) {
        return jars.isEmpty()
                ? Finding.missing("native code", "no jar with ND4J's native library for a machine", "build on this machine: mvn package")
                : Finding.good("native code", String.join(", ", jars));
    }

    /** Loading native code fails in many ways, all of them linkage errors to Java. */
    private static Finding backend() {
        try {
            Properties environment = Nd4j.getExecutioner().getEnvironmentInformation();
            return Finding.good("ND4J", Nd4j.getBackend().getClass().getSimpleName() + " on " + environment.get("backend")
                    + ", BLAS " + environment.get("blas.vendor") + ", " + environment.get("omp.threads") + " threads");
        } catch (LinkageError | RuntimeException e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return Finding.missing("ND4J", "no backend loads: " + cause.getMessage(), "build on this machine (mvn package); a C library as of 2014 (glibc 2.17) is needed");
        }
    }

    /** A machine without one lacks nothing. */
    private static Finding accelerator(List<String> jars) {
        List<String> cuda = jars.stream().filter(jar -> jar.contains("cuda")).toList();
        return Finding.good("GPU", cuda.isEmpty()
                ? "not used; for an NVIDIA GPU build with ESPALIER_MAVEN_ARGS=-Pcuda ./espalier doctor, or mvn -Pcuda package"
                : String.join(", ", cuda));
    }

    private Finding engines() {
        List<String> engines = workplace.machinery().engines();
        return engines.isEmpty()
                ? Finding.missing("engines", "none", "build the distribution again: mvn package")
                : Finding.good("engines", String.join(", ", engines) + " (chosen with run --engine); "
                        + OneDnnEngine.whyAbsent().map(reason -> "onednn is not to be had here: " + reason).orElse("auto is onednn here")
                        + "; run --precision bf16: " + OneDnnEngine.whyNoBf16().map(reason -> "not to be had here, " + reason).orElse("to be had here"));
    }

    private static Finding space() {
        Path here = Path.of("").toAbsolutePath();
        try {
            long free = Files.getFileStore(here).getUsableSpace();
            String value = SummaryTable.bytes(free) + " free in " + here;
            return free < LITTLE_SPACE ? Finding.missing("disk", value, "free some space, or give run --run-dir on another disk") : Finding.good("disk", value);
        } catch (IOException e) {
            return Finding.missing("disk", "unknown: " + e.getMessage(), "look at " + here);
        }
    }

    private Finding plugins() {
        Path folder = workplace.home().resolve("plugins");
        if (!Files.isDirectory(folder)) {
            return Finding.missing("plugins", "no folder " + folder, "build the distribution: mvn package");
        }
        try (Binder binder = plugins.open(workplace)) {
            String names = binder.plugins().stream().map(DoctorCommand::named).collect(Collectors.joining(", "));
            return names.isEmpty()
                    ? Finding.missing("plugins", "none in " + folder, "build the distribution: mvn package")
                    : Finding.good("plugins", String.format(Locale.ROOT, "%s (%s)", names, folder));
        } catch (InputException e) {
            return Finding.missing("plugins", e.getMessage(), "take the plugin named away, or mend it");
        }
    }

    private static String named(Extension.Plugin plugin) {
        String origin = plugin.origin() == PluginOrigin.DISTRIBUTION ? "" : " " + plugin.origin().word();
        return plugin.id() + " " + plugin.version() + origin;
    }
}
