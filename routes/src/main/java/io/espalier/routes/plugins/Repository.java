package io.espalier.routes.plugins;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.zafarkhaja.semver.Version;
import io.espalier.api.ApiVersion;
import io.espalier.api.InputException;
import io.espalier.catalog.Requirement;
import io.espalier.catalog.Suggestion;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A repository of plugins: an index {@code plugins.json} in the format of pf4j-update, and the jars that it names.
 *
 * @param index address of the index
 * @param releases by id of the plugin
 */
public record Repository(URI index, Map<String, List<Release>> releases) {

    static final String INDEX = "plugins.json";

    /**
     * @param place a folder, or the address of one, or of the index itself
     * @throws InputException when it cannot be had, or is no such index; names the field and the mend
     */
    public static Repository open(String place, Download download) {
        URI index = address(place);
        Map<String, List<Release>> releases = new TreeMap<>();
        JsonNode plugins = parse(index, download.text(index));
        for (int i = 0; i < plugins.size(); i++) {
            Entry plugin = new Entry(index, plugins.get(i), "[" + i + "]");
            releases.computeIfAbsent(plugin.text("id"), id -> new ArrayList<>()).addAll(releases(plugin));
        }
        return new Repository(index, releases);
    }

    private static URI address(String place) {
        try {
            boolean remote = place.matches("(?i)[a-z][a-z0-9+.-]+:/.*");
            if (!remote && !Files.exists(Path.of(place))) {
                throw new InputException("--repository " + place + ": there is no such folder\n    name one that holds " + INDEX + ", or its address (https://…)");
            }
            URI uri = remote ? new URI(place) : Path.of(place).toAbsolutePath().normalize().toUri();
            if (uri.getPath() != null && uri.getPath().endsWith(".json")) {
                return uri;
            }
            return URI.create(uri + (uri.toString().endsWith("/") ? "" : "/")).resolve(INDEX);
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new InputException("--repository " + place + " is no address: " + e.getMessage(), e);
        }
    }

    private static JsonNode parse(URI index, String text) {
        try {
            JsonNode plugins = new ObjectMapper().readTree(text);
            if (!plugins.isArray()) {
                throw new InputException(index + " is no index of plugins: it holds no list\n    `espalier plugins index DIR` writes one");
            }
            return plugins;
        } catch (JsonProcessingException e) {
            throw new InputException(index + " is no JSON, line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage()
                    + "\n    look at the address, or tell whoever keeps the repository", e);
        }
    }

    private static List<Release> releases(Entry plugin) {
        List<Release> releases = new ArrayList<>();
        for (int i = 0; i < plugin.node().path("releases").size(); i++) {
            Entry release = new Entry(plugin.index(), plugin.node().get("releases").get(i), plugin.place() + ".releases[" + i + "]");
            String version = release.text("version");
            if (!Version.isValid(version)) {
                throw release.wrong("version", "is '" + version + "', which is no semantic version");
            }
            releases.add(new Release(
                    plugin.text("id"), version, release.optional("requires"), release.address("url"), release.optional("sha512sum")));
        }
        return releases;
    }

    /**
     * The release of that version, or the newest for this Espalier.
     *
     * @throws InputException when there is none; says which there are
     */
    Release find(String id, Optional<String> version) {
        List<Release> all = releases.get(id);
        if (all == null) {
            throw new InputException(index + " has no plugin '" + id + "'" + Suggestion.clause(id, releases.keySet())
                    + "\n    it has " + (releases.isEmpty() ? "none" : String.join(", ", releases.keySet())));
        }
        return all.stream()
                .filter(version.isPresent() ? release -> release.version().equals(version.get()) : Release::isForThisEspalier)
                .max(Comparator.comparing(Release::version, Requirement::compare))
                .orElseThrow(() -> new InputException(index + " has no " + (version.isPresent() ? "version " + version.get() + " of " : "") + "'" + id
                        + "'" + (version.isPresent() ? "" : " for Espalier's API " + ApiVersion.CURRENT) + "\n    it has " + versions(all)));
    }

    private static String versions(List<Release> releases) {
        return releases.isEmpty() ? "no version of it" : releases.stream()
                .map(release -> release.version() + (release.requires().isBlank() ? "" : " (requires " + release.requires() + ")"))
                .collect(Collectors.joining(", "));
    }

    /** An object of the index, whose fields are named in errors. */
    private record Entry(URI index, JsonNode node, String place) {

        String text(String field) {
            if (!node.path(field).isTextual() || node.path(field).asText().isBlank()) {
                throw wrong(field, "is missing or no text");
            }
            return node.path(field).asText();
        }

        String optional(String field) {
            return node.path(field).asText("").strip();
        }

        /** Relative to the index. */
        URI address(String field) {
            try {
                return index.resolve(text(field));
            } catch (IllegalArgumentException e) {
                throw wrong(field, "is '" + text(field) + "', which is no address");
            }
        }

        InputException wrong(String field, String why) {
            return new InputException(index + ": " + place + "." + field + " " + why + "\n    tell whoever keeps the repository");
        }
    }
}
