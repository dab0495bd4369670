package io.espalier.testkit.contract;

import io.espalier.catalog.Extension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The contract from outside: every claim of a jar and of each extension in it. */
public final class Verification {

    private final PluginUnderTest plugin;
    private final Wishes wishes;

    /**
     * How extensions are tried.
     *
     * @param options by {@code EXTENSION.OPTION}
     * @param samples files or folders of readers, by {@code EXTENSION}
     * @param limit for one claim
     * @param work an empty folder for what is written
     */
    public record Wishes(Map<String, String> options, Map<String, Path> samples, Duration limit, Path work) {}

    /** How a claim came out. */
    public enum Outcome {
        HOLDS,
        BROKEN,
        NOT_CHECKED
    }

    /**
     * A claim that was looked at.
     *
     * @param about the extension, {@code criterion 'l1'} for example, or the plugin's jar
     * @param claim its sentence
     * @param outcome how it came out
     * @param words what was seen, what is wrong, or what is missing
     */
    public record Finding(String about, String claim, Outcome outcome, String words) {}

    public Verification(PluginUnderTest plugin, Wishes wishes) {
        this.plugin = plugin;
        this.wishes = wishes;
    }

    /** @param listener told of each finding as it comes */
    public List<Finding> perform(Consumer<Finding> listener) {
        List<Finding> findings = new ArrayList<>();
        Consumer<Finding> each = finding -> {
            findings.add(finding);
            listener.accept(finding);
        };
        plugin.claims().forEach(claim -> each.accept(look("plugin " + plugin.jar().getFileName(), claim)));
        for (Extension extension : plugin.extensions()) {
            Subject subject = new Subject(plugin.catalog(), extension, terms(extension));
            subject.claims().forEach(claim -> each.accept(look(subject.title(), claim)));
        }
        return findings;
    }

    private Subject.Terms terms(Extension extension) {
        String prefix = extension.name() + ".";
        Map<String, String> options = new LinkedHashMap<>();
        wishes.options().forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                options.put(name.substring(prefix.length()), value);
            }
        });
        return new Subject.Terms(options, Optional.ofNullable(wishes.samples().get(extension.name())), wishes.limit(), work(extension));
    }

    private Path work(Extension extension) {
        try {
            return Files.createDirectories(wishes.work().resolve(extension.kind().replace(' ', '-') + "-" + extension.name()));
        } catch (IOException e) {
            throw new UncheckedIOException("a folder for what the extension writes cannot be made", e);
        }
    }

    private static Finding look(String about, Claim claim) {
        try {
            return new Finding(about, claim.sentence(), Outcome.HOLDS, claim.check().perform());
        } catch (BrokenClaim e) {
            return new Finding(about, claim.sentence(), Outcome.BROKEN, e.getMessage());
        } catch (NotChecked e) {
            return new Finding(about, claim.sentence(), Outcome.NOT_CHECKED, e.getMessage());
        }
    }
}
