package io.espalier.routes.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** A plugin as somebody else makes it: compiled against core's jar and what it needs, nothing of the routes or plugins. */
final class ThirdPartyJar {

    private static final List<String> NOT_OF_CORE = List.of("espalier-routes", "camel-", "picocli");

    private final Map<String, String> sources = new LinkedHashMap<>();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private final Map<String, String> manifest = new LinkedHashMap<>();

    ThirdPartyJar(String id) {
        manifest.put("Plugin-Id", id);
        manifest.put("Plugin-Version", "1.0.0");
        manifest.put("Plugin-Requires", ">=0.1.0 & <1.0.0");
    }

    /** @param path as {@code mine/Largest.java} */
    ThirdPartyJar source(String path, String text) {
        sources.put(path, text);
        return this;
    }

    ThirdPartyJar entry(String path, String content) {
        entries.put(path, content.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    ThirdPartyJar manifest(String key, String value) {
        manifest.put(key, value);
        return this;
    }

    ThirdPartyJar withoutManifest(String key) {
        manifest.remove(key);
        return this;
    }

    /** @return the folder, for {@code --plugins} */
    Path in(Path folder) {
        try {
            Path classes = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-classes"));
            compile(classes);
            Files.createDirectories(folder);
            pack(folder.resolve(manifest.getOrDefault("Plugin-Id", "nameless") + ".jar"), classes);
            return folder;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void compile(Path classes) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Map.Entry<String, String> source : sources.entrySet()) {
            Path file = classes.resolveSibling(classes.getFileName() + "-src").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            files.add(Files.writeString(file, source.getValue()));
        }
        List<String> options = List.of("--release", "17", "-cp", classPath(), "-d", classes.toString(),
                "-processor", "org.pf4j.processor.ExtensionAnnotationProcessor");
        if (files.isEmpty()) {
            return;
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            assertThat(compiler.getTask(messages, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files)).call())
                    .as(messages.toString()).isTrue();
        }
    }

    private static String classPath() throws IOException {
        try (Stream<Path> jars = Files.list(Espalier.HOME.resolve("lib"))) {
            return jars.filter(jar -> NOT_OF_CORE.stream().noneMatch(jar.getFileName().toString()::startsWith))
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator));
        }
    }

    private void pack(Path jar, Path classes) throws IOException {
        Manifest made = new Manifest();
        made.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.forEach(made.getMainAttributes()::putValue);
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), made);
                Stream<Path> compiled = Files.walk(classes)) {
            for (Path file : compiled.filter(Files::isRegularFile).sorted().toList()) {
                entries.put(classes.relativize(file).toString().replace(File.separatorChar, '/'), Files.readAllBytes(file));
            }
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey()));
                out.write(entry.getValue());
                out.closeEntry();
            }
        }
    }
}
