package io.espalier.api;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The recorded API that changes are measured against. {@code core/record-api} records it anew, which a release does. */
public final class ApiBaseline {

    private static final Path FOLDER = Path.of(System.getProperty("api.folder", "src/test/resources/api"));

    private ApiBaseline() {}

    static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
            if (jars.size() != 1) {
                throw new IllegalStateException("one recorded API was expected in " + FOLDER.toAbsolutePath() + ", and there are " + jars + "; run core/record-api");
            }
            return jars.get(0);
        }
    }

    /**
     * Records an API in the place of the last one.
     *
     * @param arguments none: the classes at hand; or a folder of core's classes and the version of the API that they are of
     */
    public static void main(String[] arguments) throws IOException {
        ApiSurface surface = arguments.length == 2
                ? ApiSurface.of(Path.of(arguments[0]).toAbsolutePath(), arguments[1], Set.of())
                : ApiSurface.current(Set.of());
        try (Stream<Path> old = Files.list(FOLDER)) {
            for (Path file : old.filter(one -> one.toString().endsWith(".jar")).toList()) {
                Files.delete(file);
            }
        }
        System.out.println(surface.write(FOLDER.resolve("espalier-api-" + surface.version() + ".jar")));
    }
}
