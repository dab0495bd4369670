package io.espalier.catalog;

import java.util.List;
import java.util.Optional;

/**
 * Packages that plugins take from Espalier and never from their own jar: JNI refuses ND4J's natives in a second class
 * loader, and an interface that is loaded twice is two interfaces.
 */
final class SharedPackages {

    private static final List<String> NAMES = List.of(
            "org.nd4j",
            "org.deeplearning4j",
            "org.bytedeco",
            "org.slf4j",
            "org.pf4j",
            "io.espalier.api",
            "io.espalier.catalog",
            "io.espalier.run",
            "io.espalier.engine",
            "io.espalier.network",
            "io.espalier.layers",
            "io.espalier.data");

    private SharedPackages() {}

    static boolean hold(String className) {
        return of(className).isPresent();
    }

    /** The shared package that a class (or, with slashes, an entry of a jar) lies in. */
    static Optional<String> of(String name) {
        String dotted = name.replace('/', '.');
        return NAMES.stream().filter(shared -> dotted.startsWith(shared + ".")).findFirst();
    }
}
