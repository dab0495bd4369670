package io.espalier.catalog;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.api.Stage;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.pf4j.ExtensionPoint;

/** Builds a plugin's jar as somebody outside the project would: compiles sources against core alone and packs them. */
final class PluginBuild {

    private static final String PROCESSOR = "org.pf4j.processor.ExtensionAnnotationProcessor";

    private final Path folder;
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new TreeMap<>();
    private final Map<String, String> manifest = new LinkedHashMap<>();
    private final List<String> without = new ArrayList<>();
    private boolean processed = true;

    PluginBuild(Path folder) {
        this.folder = folder;
        manifest.put("Plugin-Id", "demo");
        manifest.put("Plugin-Version", "1.0.0");
        manifest.put("Plugin-Requires", ">=0.1.0 & <1.0.0");
    }

    PluginBuild id(String id) {
        return manifest("Plugin-Id", id);
    }

    PluginBuild manifest(String key, String value) {
        manifest.put(key, value);
        return this;
    }

    PluginBuild withoutManifest(String key) {
        manifest.remove(key);
        return this;
    }

    /** A class of the package {@code demo}; what plugins usually import is imported. */
    PluginBuild source(String name, String body) {
        sources.put("demo/" + name + ".java", """
                package demo;
                import io.espalier.api.*;
                import io.espalier.network.*;
                import java.util.*;
                import org.nd4j.linalg.api.ndarray.INDArray;
                import org.pf4j.Extension;
                """ + body);
        return this;
    }

    /** A source file with nothing added. */
    PluginBuild file(String path, String text) {
        sources.put(path, text);
        return this;
    }

    /** A stage that does nothing, with these options. */
    PluginBuild stage(String className, String name, String components) {
        return source(className, """
                @Extension @Named("%s")
                public final class %s implements Stage<%s.Options> {
                    public record Options(%s) {}
                    public enum Size { SMALL, VERY_LARGE }
                    @Override public Candidate apply(Candidate candidate, Options options, StageContext context) { return candidate; }
                }
                """.formatted(name, className, className, components));
    }

    /** A criterion, with these options, for units of this kind. */
    PluginBuild criterion(String className, String name, String kind, String components) {
        return source(className, """
                @Extension @Named("%s") @Flow(needs = "%s")
                public final class %s implements Criterion<%s.Options> {
                    public record Options(%s) {}
                    @Override public Set<UnitKind> units() { return Set.of(UnitKind.%s); }
                    @Override public INDArray score(UnitGroup group, Options options, CriterionContext context) {
                        return group.kernels().get(0);
                    }
                }
                """.formatted(name, kind.toLowerCase(Locale.ROOT), className, className, components, kind));
    }

    PluginBuild entry(String path, String content) {
        entries.put(path, content.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    PluginBuild entry(String path, byte[] content) {
        entries.put(path, content);
        return this;
    }

    /** Leaves something out that compiling made. */
    PluginBuild without(String path) {
        without.add(path);
        return this;
    }

    /** As JDK 23 and later compile when no processor is named. */
    PluginBuild withoutProcessor() {
        processed = false;
        return this;
    }

    Path jar(String name) throws IOException {
        Path work = Files.createTempDirectory(Files.createDirectories(folder.resolveSibling("build")), "plugin");
        Map<String, byte[]> content = new TreeMap<>(compile(work));
        without.forEach(content::remove);
        content.putAll(entries);
        Files.createDirectories(folder);
        return pack(folder.resolve(name), content);
    }

    private Map<String, byte[]> compile(Path work) throws IOException {
        Map<String, byte[]> classes = new TreeMap<>();
        if (sources.isEmpty()) {
            return classes;
        }
        Path output = Files.createDirectories(work.resolve("classes"));
        List<Path> files = new ArrayList<>();
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = work.resolve("src").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            files.add(Files.writeString(file, source.getValue()));
        }
        List<String> options = new ArrayList<>(List.of("--release", "17", "-cp", coreClassPath(), "-d", output.toString()));
        options.addAll(processed ? List.of("-processor", PROCESSOR, "-processorpath", coreClassPath()) : List.of("-proc:none"));
        compile(files, options);
        try (Stream<Path> made = Files.walk(output)) {
            for (Path file : made.filter(Files::isRegularFile).toList()) {
                classes.put(output.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
            }
        }
        return classes;
    }

    private static void compile(List<Path> files, List<String> options) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            boolean done = compiler.getTask(messages, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files)).call();
            assertThat(done).as(messages.toString()).isTrue();
        }
    }

    /** Core, and of what it brings that which its interfaces speak of; none of our tests. */
    private static String coreClassPath() {
        return Stream.of(Stage.class, ExtensionPoint.class, INDArray.class, Layer.class)
                .map(type -> Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())).toString())
                .distinct()
                .collect(joining(File.pathSeparator));
    }

    private Path pack(Path jar, Map<String, byte[]> content) throws IOException {
        Manifest made = new Manifest();
        made.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.forEach(made.getMainAttributes()::putValue);
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, made)) {
            for (Map.Entry<String, byte[]> entry : content.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey()));
                out.write(entry.getValue());
                out.closeEntry();
            }
        }
        return jar;
    }
}
