package io.espalier.run;

import io.espalier.catalog.BoundOptions;
import io.espalier.catalog.Extension;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Everything that a stage's result depends on.
 *
 * @param stage name of the stage
 * @param options canonical values, nested ones included
 * @param input digest of the candidate it got
 * @param seed the run's
 * @param skipUnreadable the run's
 * @param plugins digests of the plugins that the stage and its options come from, by id
 * @param core digest of this module
 * @param engine name of the engine
 * @param fingerprint what changes the engine's results to the bit
 */
record StageKey(
        String stage,
        Map<String, String> options,
        String input,
        long seed,
        boolean skipUnreadable,
        Map<String, String> plugins,
        String core,
        String engine,
        String fingerprint) {

    private static final int DIGEST_LENGTH = 64;
    private static final int SHORT = 12;

    /**
     * A part of two keys that is not the same.
     *
     * @param part for people, for example {@code option fraction}
     * @param before what it was
     * @param now what it is
     */
    record Difference(String part, String before, String now) {

        @Override
        public String toString() {
            return part + " was " + brief(before) + ", now " + brief(now);
        }

        private static String brief(String value) {
            boolean digest = value.length() == DIGEST_LENGTH && value.chars().allMatch(c -> Character.digit(c, 16) >= 0);
            return value.isEmpty() ? "absent" : digest ? value.substring(0, SHORT) + "..." : value;
        }
    }

    static StageKey of(BoundOptions bound, String input, RunSettings settings, String core) {
        Map<String, String> options = new TreeMap<>();
        bound.entries().forEach(e -> options.put(e.name(), e.canonical()));
        Map<String, String> plugins = new TreeMap<>();
        bound.chosen().stream().map(Extension::plugin).forEach(p -> plugins.put(p.id(), p.digest()));
        plugins.put(bound.extension().plugin().id(), bound.extension().plugin().digest());
        return new StageKey(
                bound.extension().name(),
                options,
                input,
                settings.seed(),
                settings.skipUnreadable(),
                plugins,
                core,
                settings.engine().name(),
                settings.engine().fingerprint());
    }

    /** From which the stage's randomness comes. A mended plugin or another engine draws the same numbers. */
    String identity() {
        Digest digest = new Digest().text("identity").text(stage);
        addTo(digest, options);
        return digest.text(input).number(seed).number(skipUnreadable ? 1L : 0L).hex();
    }

    /** Under which the result is stored. */
    String key() {
        Digest digest = new Digest().text("key").text(identity());
        addTo(digest, plugins);
        return digest.text(core).text(engine).text(fingerprint).hex();
    }

    private static void addTo(Digest digest, Map<String, String> map) {
        digest.number(map.size());
        new TreeMap<>(map).forEach((name, value) -> digest.text(name).text(value));
    }

    /** Randomness of the stage for one purpose. */
    Random random(String purpose) {
        return new Random(ByteBuffer.wrap(new Digest().text(identity()).text(purpose).raw()).getLong());
    }

    /** Which parts are not what they were. */
    List<Difference> differencesFrom(StageKey before) {
        return differences("", before.parts(), parts());
    }

    /** Which values are not what they were; the names of the parts begin with {@code prefix}. */
    static List<Difference> differences(String prefix, Map<String, String> before, Map<String, String> now) {
        Set<String> names = new LinkedHashSet<>(now.keySet());
        names.addAll(before.keySet());
        return names.stream()
                .map(name -> new Difference(prefix + name, before.getOrDefault(name, ""), now.getOrDefault(name, "")))
                .filter(d -> !d.before.equals(d.now))
                .toList();
    }

    private Map<String, String> parts() {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("stage", stage);
        options.forEach((name, value) -> parts.put("option " + name, value));
        parts.put("input candidate", input);
        parts.put("seed", Long.toString(seed));
        parts.put("skip-unreadable", Boolean.toString(skipUnreadable));
        plugins.forEach((id, digest) -> parts.put("plugin " + id, digest));
        parts.put("core", core);
        parts.put("engine", engine);
        parts.put("engine fingerprint", fingerprint);
        return parts;
    }
}
