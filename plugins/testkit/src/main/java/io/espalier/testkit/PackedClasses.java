package io.espalier.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** The plugin's jar while its build has not made one yet: tests come before packaging. */
final class PackedClasses {

    private PackedClasses() {}

    /** The jar that a class lies in, or one of the folder that it lies in. */
    static Path of(Class<?> type, Path folder) throws IOException {
        Path classes = Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()));
        return Files.isDirectory(classes) ? pack(classes, Files.createDirectories(folder).resolve("plugin.jar")) : classes;
    }

    private static Path pack(Path classes, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest(classes));
                Stream<Path> walk = Files.walk(classes)) {
            List<Path> files = walk.filter(Files::isRegularFile).sorted().toList();
            for (Path each : files) {
                String name = classes.relativize(each).toString().replace('\\', '/');
                if (!name.equals(JarFile.MANIFEST_NAME)) {
                    out.putNextEntry(new JarEntry(name));
                    Files.copy(each, out);
                    out.closeEntry();
                }
            }
        }
        return jar;
    }

    private static Manifest manifest(Path classes) throws IOException {
        Path file = classes.resolve(JarFile.MANIFEST_NAME);
        Manifest manifest = new Manifest();
        if (Files.isRegularFile(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                manifest.read(in);
            }
        }
        manifest.getMainAttributes().putIfAbsent(Attributes.Name.MANIFEST_VERSION, "1.0");
        return manifest;
    }
}
