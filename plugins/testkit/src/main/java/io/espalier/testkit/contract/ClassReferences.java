package io.espalier.testkit.contract;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The classes that a class file names: those it uses, and those in the types of what it calls and declares. */
final class ClassReferences {

    private static final int UTF8 = 1;
    private static final int CLASS = 7;
    private static final Pattern IN_DESCRIPTOR = Pattern.compile("L([\\w/$]+);");
    /** Bytes of each kind of constant after its tag, by tag (The Java Virtual Machine Specification, 4.4). */
    private static final int[] SIZES = {0, 0, 0, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, 0, 0, 3, 2, 4, 4, 2, 2};

    private ClassReferences() {}

    /** Binary names, {@code io.espalier.network.UnitGroup$Role} for example. */
    static Set<String> of(byte[] classFile) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(classFile));
        in.skipBytes(8);
        int count = in.readUnsignedShort();
        String[] texts = new String[count];
        Set<Integer> classes = new HashSet<>();
        for (int i = 1; i < count; i++) {
            int tag = in.readUnsignedByte();
            if (tag == UTF8) {
                texts[i] = in.readUTF();
            } else if (tag == CLASS) {
                classes.add(in.readUnsignedShort());
            } else {
                in.skipBytes(SIZES[tag]);
                // Wide numbers take two places.
                i += SIZES[tag] == 8 ? 1 : 0;
            }
        }
        return names(texts, classes);
    }

    private static Set<String> names(String[] texts, Set<Integer> classes) {
        Set<String> names = new TreeSet<>();
        for (int i = 1; i < texts.length; i++) {
            if (texts[i] != null) {
                Matcher matcher = IN_DESCRIPTOR.matcher(texts[i]);
                while (matcher.find()) {
                    names.add(matcher.group(1).replace('/', '.'));
                }
                if (classes.contains(i) && !texts[i].startsWith("[")) {
                    names.add(texts[i].replace('/', '.'));
                }
            }
        }
        return names;
    }
}
