package io.espalier.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** A plugin written down in a test: one class, whole but for what the test breaks. */
final class PluginSource {

    private static final String IMPORTS = """
            package mine;
            import io.espalier.api.*;
            import io.espalier.data.*;
            import io.espalier.network.*;
            import java.io.IOException;
            import java.nio.charset.StandardCharsets;
            import java.nio.file.*;
            import java.util.*;
            import org.nd4j.linalg.api.ndarray.INDArray;
            import org.nd4j.linalg.factory.Nd4j;
            import org.pf4j.Extension;
            """;

    private final String body;
    private final Map<String, String> manifest = new LinkedHashMap<>(Map.of(
            "Plugin-Id", "mine",
            "Plugin-Version", "1.0.0",
            "Plugin-Requires", ">=0.1.0 & <1.0.0",
            "Plugin-License", "Apache-2.0",
            "Plugin-Description", "Somebody's."));

    PluginSource(String body) {
        this.body = body;
    }

    /** A criterion for channels. */
    static PluginSource criterion(String score) {
        return criterion("", "NoOptions", score);
    }

    static PluginSource criterion(String members, String options, String score) {
        return new PluginSource("""
                @Extension @Named(value = "mine", doc = "Somebody's.")
                public final class Mine implements Criterion<%s> {
                    %s
                    public Set<UnitKind> units() { return Set.of(UnitKind.CHANNEL); }
                    public INDArray score(UnitGroup group, %s options, CriterionContext context) { %s }
                }
                """.formatted(options, members, options, score));
    }

    static PluginSource pruner(String plan) {
        return new PluginSource("""
                @Extension @Named(value = "mine", doc = "Somebody's.")
                public final class Mine implements Pruner<NoOptions> {
                    public PruningPlan plan(Candidate candidate, Selection selection, NoOptions options, StageContext context) {
                        List<UnitGroup> groups = Channels.groups(candidate.network());
                        UnitGroup first = groups.get(0);
                        %s
                    }
                }
                """.formatted(plan));
    }

    static PluginSource stage(String flow, String apply) {
        return new PluginSource("""
                @Extension @Named(value = "mine", doc = "Somebody's.") %s
                public final class Mine implements Stage<NoOptions> {
                    public Candidate apply(Candidate candidate, NoOptions options, StageContext context) { %s }
                }
                """.formatted(flow, apply));
    }

    /** A reader of images of one pixel: an {@code i}, then label and pixel, a byte each. */
    static PluginSource reader(String accepts, String before) {
        return new PluginSource("""
                @Extension @Named(value = "mine", doc = "Somebody's.")
                public final class Mine implements DatasetReader<NoOptions> {
                    public boolean accepts(Path source) throws IOException { %s }
                    public RawDataset read(Path source, NoOptions options) throws IOException {
                        %s
                        byte[] all = Files.readAllBytes(source);
                        if (all.length < 3 || all.length %% 2 != 1) { throw new InputException(source + " is cut off; fetch it again"); }
                        List<byte[]> images = new ArrayList<>();
                        int[] labels = new int[all.length / 2];
                        for (int i = 0; i < labels.length; i++) {
                            labels[i] = all[1 + 2 * i];
                            images.add(new byte[] {all[2 + 2 * i]});
                        }
                        return new RawDataset(List.of("a", "b"), new InMemory(new ImageShape(1, 1, 1), images, labels), Optional.empty(), Optional.empty());
                    }
                }
                """.formatted(accepts, before));
    }

    PluginSource manifest(String key, String value) {
        manifest.put(key, value);
        return this;
    }

    Path jar(Path folder) throws IOException {
        Path source = Files.writeString(Files.createDirectories(folder.resolve("src/mine")).resolve("Mine.java"), IMPORTS + body);
        Path classes = Files.createDirectories(folder.resolve("classes"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> options = List.of("--release", "17", "-cp", System.getProperty("java.class.path"), "-d", classes.toString(),
                "-processor", "org.pf4j.processor.ExtensionAnnotationProcessor");
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            assertThat(compiler.getTask(messages, files, null, options, null, files.getJavaFileObjects(source)).call()).as(messages.toString()).isTrue();
        }
        return pack(classes, folder.resolve("mine.jar"));
    }

    private Path pack(Path classes, Path jar) throws IOException {
        Manifest made = new Manifest();
        made.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.forEach(made.getMainAttributes()::putValue);
        try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(file, made); Stream<Path> all = Files.walk(classes)) {
            for (Path each : all.filter(Files::isRegularFile).sorted().toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(each).toString().replace('\\', '/')));
                Files.copy(each, out);
                out.closeEntry();
            }
        }
        return jar;
    }
}
