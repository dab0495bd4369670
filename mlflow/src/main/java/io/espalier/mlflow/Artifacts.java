package io.espalier.mlflow;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The files of one run or model, kept by the tracking server itself.
 *
 * @param folder path of the request, without last slash
 */
record Artifacts(String folder, Web web) {

    private static final String PROXIED = "mlflow-artifacts";

    /** @param uri as the server gives it; nothing where the server leaves writing to its clients */
    static Optional<Artifacts> at(String uri, Web web) {
        URI place = URI.create(uri);
        if (!PROXIED.equals(place.getScheme())) {
            return Optional.empty();
        }
        return Optional.of(new Artifacts("/api/2.0/mlflow-artifacts/artifacts" + encoded(place.getPath()), web));
    }

    private static String encoded(String path) {
        return Arrays.stream(path.split("/"))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    /** Writes a file and reads it back; its digest. */
    String send(String path, Content content) {
        String at = folder + "/" + encoded(path);
        String digest = content.digest();
        web.put(at, content);
        Optional<String> held = web.digest(at, content.size());
        if (held.isEmpty() || !held.get().equals(digest)) {
            throw new Trouble(Trouble.Kind.LOST, "the server took " + path + " and " + (held.isEmpty() ? "does not hold it" : "holds something else")
                    + "\n    it is sent again");
        }
        return digest;
    }
}
