package io.espalier.api;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javassist.bytecode.AccessFlag;
import javassist.bytecode.AnnotationsAttribute;
import javassist.bytecode.AttributeInfo;
import javassist.bytecode.ClassFile;
import javassist.bytecode.FieldInfo;
import javassist.bytecode.MethodInfo;
import javassist.bytecode.SignatureAttribute;
import javassist.bytecode.annotation.ArrayMemberValue;
import javassist.bytecode.annotation.ClassMemberValue;
import javassist.bytecode.annotation.MemberValue;

/**
 * What plugins compile against: the public types of {@code io.espalier.api} and those of ours that their signatures show or
 * {@link Opens} names, and so on. Class files without bodies and without what is private.
 *
 * @param version of the API
 * @param types class files by internal name
 */
record ApiSurface(String version, Map<String, byte[]> types) {

    private static final String API = "io/espalier/api/";
    private static final String VERSION = "Api-Version";
    private static final Pattern OURS = Pattern.compile("L(io/espalier/[A-Za-z0-9_/$]+)[;<]");
    private static final int INVISIBLE = AccessFlag.SYNTHETIC;

    /** Of the classes that the tests run with. */
    static ApiSurface current(Set<String> further) throws IOException {
        return of(Path.of(URI.create(Stage.class.getProtectionDomain().getCodeSource().getLocation().toString())), ApiVersion.CURRENT, further);
    }

    /** @param further types that count even if no signature shows them any more, as long as they are there */
    static ApiSurface of(Path classes, String version, Set<String> further) throws IOException {
        Map<String, byte[]> types = new TreeMap<>();
        Deque<String> open = new ArrayDeque<>(further);
        try (Stream<Path> files = Files.list(classes.resolve(API))) {
            files.map(file -> API + file.getFileName().toString()).filter(name -> name.endsWith(".class"))
                    .map(name -> name.substring(0, name.length() - ".class".length())).sorted().forEach(open::add);
        }
        Set<String> seen = new LinkedHashSet<>();
        while (!open.isEmpty()) {
            String name = open.pop();
            Path file = classes.resolve(name + ".class");
            if (seen.add(name) && Files.exists(file)) {
                ClassFile type = read(Files.readAllBytes(file));
                if (isVisible(type)) {
                    strip(type);
                    types.put(name, bytes(type));
                    open.addAll(shown(type));
                }
            }
        }
        return new ApiSurface(version, types);
    }

    static ClassFile read(byte[] content) throws IOException {
        return new ClassFile(new DataInputStream(new ByteArrayInputStream(content)));
    }

    static byte[] bytes(ClassFile type) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        type.write(new DataOutputStream(out));
        return out.toByteArray();
    }

    /** A nested type's own flags are those of its place within the other. */
    private static boolean isVisible(ClassFile type) {
        int inner = type.getInnerAccessFlags();
        int flags = inner < 0 ? type.getAccessFlags() : inner;
        return shows(flags);
    }

    private static boolean shows(int flags) {
        return (AccessFlag.isPublic(flags) || AccessFlag.isProtected(flags)) && (flags & INVISIBLE) == 0;
    }

    private static void strip(ClassFile type) {
        type.getMethods().removeIf(method -> !shows(method.getAccessFlags()));
        type.getFields().removeIf(field -> !shows(field.getAccessFlags()));
        for (MethodInfo method : type.getMethods()) {
            method.removeCodeAttribute();
        }
        type.removeAttribute("SourceFile");
        type.compact();
    }

    private static Set<String> shown(ClassFile type) {
        Set<String> names = new LinkedHashSet<>();
        Stream.concat(Stream.of(type.getInterfaces()), Stream.of(type.getSuperclass())).map(name -> name.replace('.', '/'))
                .filter(name -> name.startsWith("io/espalier/")).forEach(names::add);
        collect(type.getAttributes(), names);
        for (MethodInfo method : type.getMethods()) {
            collect(method.getDescriptor(), names);
            collect(method.getAttributes(), names);
        }
        for (FieldInfo field : type.getFields()) {
            collect(field.getDescriptor(), names);
            collect(field.getAttributes(), names);
        }
        return names;
    }

    private static void collect(List<AttributeInfo> attributes, Set<String> names) {
        attributes.stream().filter(SignatureAttribute.class::isInstance).map(SignatureAttribute.class::cast)
                .forEach(signature -> collect(signature.getSignature(), names));
        attributes.stream().filter(AnnotationsAttribute.class::isInstance).map(AnnotationsAttribute.class::cast)
                .map(annotations -> annotations.getAnnotation(Opens.class.getName())).filter(Objects::nonNull)
                .forEach(opens -> collectOpened((ArrayMemberValue) opens.getMemberValue("value"), names));
    }

    private static void collectOpened(ArrayMemberValue types, Set<String> names) {
        for (MemberValue type : types.getValue()) {
            names.add(((ClassMemberValue) type).getValue().replace('.', '/'));
        }
    }

    private static void collect(String signature, Set<String> names) {
        Matcher matcher = OURS.matcher(signature);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
    }

    /** The same bytes for the same surface. */
    Path write(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue(VERSION, version);
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            entry(out, JarFile.MANIFEST_NAME);
            manifest.write(out);
            for (Map.Entry<String, byte[]> type : types.entrySet()) {
                entry(out, type.getKey() + ".class");
                out.write(type.getValue());
            }
        }
        return jar;
    }

    private static void entry(JarOutputStream out, String name) throws IOException {
        JarEntry entry = new JarEntry(name);
        entry.setLastModifiedTime(FileTime.fromMillis(315_532_800_000L));
        out.putNextEntry(entry);
    }

    static ApiSurface read(Path jar) throws IOException {
        Map<String, byte[]> types = new TreeMap<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : Collections.list(file.entries())) {
                if (entry.getName().endsWith(".class")) {
                    types.put(entry.getName().replace(".class", ""), file.getInputStream(entry).readAllBytes());
                }
            }
            return new ApiSurface(file.getManifest().getMainAttributes().getValue(VERSION), types);
        }
    }
}
