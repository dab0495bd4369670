package io.espalier.testkit;

import io.espalier.api.InputException;
import io.espalier.catalog.Extension;
import io.espalier.testkit.contract.Claim;
import io.espalier.testkit.contract.NotChecked;
import io.espalier.testkit.contract.PluginUnderTest;
import io.espalier.testkit.contract.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/**
 * What every plugin promises, one test a claim. The plugin is packed and loaded as a run would load it, from the classes
 * folder (or the jar) that the extension's class lies in; its manifest must be there as {@code META-INF/MANIFEST.MF}.
 */
public abstract class PluginContract {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Class<?> type;
    private final Class<?> point;
    private PluginUnderTest plugin;

    @TempDir
    private Path work;

    PluginContract(Class<?> type, Class<?> point) {
        this.type = type;
        this.point = point;
    }

    /** Options that the extension is tried with, as a pipeline would give them; what is not given has its default. */
    protected Map<String, String> options() {
        return Map.of();
    }

    /** For one claim; an extension that takes longer counts as hanging. */
    protected Duration limit() {
        return LIMIT;
    }

    /** A file or folder that a reader reads. */
    Optional<Path> sample() {
        return Optional.empty();
    }

    @TestFactory
    Stream<DynamicTest> contract() throws IOException {
        try {
            plugin = open();
        } catch (InputException e) {
            return Stream.of(DynamicTest.dynamicTest("loads through PF4J, in a loader of its own", () -> {
                throw e;
            }));
        }
        return Stream.concat(plugin.claims().stream(), subject().claims().stream()).map(PluginContract::test);
    }

    private PluginUnderTest open() throws IOException {
        Path home = Files.createDirectories(work.resolve("home"));
        Path others = Files.createDirectories(home.resolve("plugins"));
        return PluginUnderTest.open(PackedClasses.of(type, work.resolve("packed")), others, home);
    }

    private Subject subject() {
        Extension extension = plugin.extensions().stream()
                .filter(e -> e.point() == point && e.instance().getClass().getName().equals(type.getName()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(type.getName() + " is among no extensions of the plugin, only "
                        + plugin.extensions().stream().map(e -> e.instance().getClass().getName()).toList() + "; annotate it with @Extension"));
        return new Subject(plugin.catalog(), extension, new Subject.Terms(options(), sample(), limit(), work));
    }

    private static DynamicTest test(Claim claim) {
        return DynamicTest.dynamicTest(claim.sentence(), () -> {
            try {
                String seen = claim.check().perform();
                if (!seen.isEmpty()) {
                    // To the build's output: Maven shows nothing of what JUnit's reporter is told.
                    System.out.println(claim.sentence() + ": " + seen);
                }
            } catch (NotChecked e) {
                throw new TestAbortedException(e.getMessage(), e);
            }
        });
    }

    @AfterEach
    void unload() {
        if (plugin != null) {
            plugin.close();
        }
    }
}
