package io.espalier.routes.authors;

import io.espalier.api.ApiVersion;
import io.espalier.api.InputException;
import io.espalier.catalog.CoreVersion;
import io.espalier.testkit.contract.SampleImages;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.SourceVersion;

/**
 * A Maven project with one extension, its test and a pipeline, for an author to begin with.
 *
 * @param name of the extension, of the plugin and of the folder
 * @param kind what it brings
 * @param packageName of its one class
 */
public record PluginProject(String name, PluginKind kind, String packageName) {

    private static final String NAME = "[a-z][a-z0-9]*(-[a-z0-9]+)*";
    private static final String OURS = "io.espalier";
    private static final int SAMPLES = 200;

    /** @throws InputException when a name is illegal, or means something else in Java already */
    public PluginProject {
        if (!name.matches(NAME)) {
            throw new InputException("'" + name + "' is no name for a plugin\n    a name has lower-case letters, digits and single hyphens, and"
                    + " begins with a letter: peak-weight, for example");
        }
        if (!SourceVersion.isName(packageName)) {
            throw new InputException("'" + packageName + "' is no name of a Java package\n    write one such as org.example.pruning with --package");
        }
        if (packageName.equals(OURS) || packageName.startsWith(OURS + ".")) {
            throw new InputException("'" + packageName + "' is a package of Espalier's own, which a plugin cannot bring\n    write one of yours with"
                    + " --package");
        }
        if (meansSomethingElse(className(name), kind)) {
            throw new InputException("the class of '" + name + "' would be " + className(name) + ", which means something else in its source\n"
                    + "    choose another name, " + name + "-" + kind.word() + " for example");
        }
    }

    /** The package where none is given: the name without hyphens. */
    public static String packageOf(String name) {
        return "plugins." + name.replace("-", "");
    }

    private static String className(String name) {
        return Arrays.stream(name.split("-")).map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1)).collect(Collectors.joining());
    }

    private static boolean meansSomethingElse(String className, PluginKind kind) {
        boolean imported = Stream.of(template(kind.word() + ".java").split("\\W+")).anyMatch(className::equals);
        try {
            Class.forName("java.lang." + className);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return imported;
        }
    }

    /** Files by their path in the project. */
    Map<String, String> files() {
        String source = "/java/" + packageName.replace('.', '/') + "/" + className(name);
        Map<String, String> files = new LinkedHashMap<>();
        files.put("pom.xml", "pom.xml");
        files.put(".gitignore", "gitignore");
        files.put("README.md", "README.md");
        files.put("src/main/resources/META-INF/MANIFEST.MF", "MANIFEST.MF");
        files.put("src/main" + source + ".java", kind.word() + ".java");
        files.put("src/test" + source + "Test.java", kind.word() + "Test.java");
        files.put("src/test/resources/simplelogger.properties", "simplelogger.properties");
        files.put(name + ".camel.yaml", kind.word() + ".camel.yaml");
        files.replaceAll((path, template) -> filled(template(template)));
        sample().ifPresent(sample -> files.put(sample, content(sample)));
        return files;
    }

    /** What a reader of the project reads. */
    private Optional<String> sample() {
        return switch (kind) {
            case MODEL_READER -> Optional.of("sample.network");
            case DATASET_READER -> Optional.of("sample.hex");
            default -> Optional.empty();
        };
    }

    private static String content(String sample) {
        return sample.endsWith(".hex") ? SampleImages.asHex(SAMPLES) : "filters 16\n";
    }

    private String filled(String template) {
        return template
                .replace("@requires@", ">=" + ApiVersion.CURRENT + " & <1.0.0")
                .replace("@verify@", sample().map(sample -> " --sample " + name + "=" + sample).orElse(""))
                .replace("@version@", CoreVersion.read())
                .replace("@description@", kind.description())
                .replace("@kind@", kind.noun())
                .replace("@path@", packageName.replace('.', '/'))
                .replace("@package@", packageName)
                .replace("@Class@", className(name))
                .replace("@name@", name);
    }

    private static String template(String name) {
        try (InputStream in = PluginProject.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the template " + name + " cannot be read", e);
        }
    }

    /**
     * Writes the project into a folder of its name.
     *
     * @return the folder
     * @throws InputException when there is something in it already, or it cannot be written
     */
    public Path writeBelow(Path parent) {
        Path folder = parent.resolve(name);
        requireEmpty(folder);
        try {
            for (Map.Entry<String, String> file : files().entrySet()) {
                Path path = folder.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
            return folder;
        } catch (IOException e) {
            throw new InputException(folder + " cannot be written: " + e + "\n    look at the permissions of " + parent.toAbsolutePath(), e);
        }
    }

    private static void requireEmpty(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> content = Files.list(folder)) {
            Optional<Path> first = content.findFirst();
            if (first.isEmpty()) {
                return;
            }
            throw new InputException(folder + " is not empty: " + first.get().getFileName() + " is in it\n    choose another name, or another"
                    + " folder with --in; nothing was written");
        } catch (IOException e) {
            throw new InputException(folder + " is there and is no folder that can be looked into\n    choose another name, or another folder with"
                    + " --in; nothing was written", e);
        }
    }

    /** Commands that build, check and run it, for people. */
    public String nextSteps(Path folder) {
        return "    cd " + folder + "\n"
                + "    mvn package\n"
                + "    espalier plugins verify target/" + name + "-0.1.0.jar" + sample().map(sample -> " --sample " + name + "=" + sample).orElse("") + "\n"
                + "    espalier run " + name + ".camel.yaml --plugins target";
    }
}
