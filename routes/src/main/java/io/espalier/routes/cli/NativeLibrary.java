package io.espalier.routes.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * ND4J's native library as it was built in, and the processor that it would run on. A library that uses instructions which the
 * processor lacks ends the process without a word, so that is looked at before it is loaded.
 *
 * @param jars with native code on the class path, by name
 * @param processor what Linux tells of the processor; a file that is not there elsewhere
 */
record NativeLibrary(List<String> jars, Path processor) {

    private static final List<String> INSTRUCTIONS = List.of("avx512f", "avx2", "avx", "asimd", "sse4_2");

    /** That of this process. The property {@code espalier.cpuinfo} names another description of a processor, to see what happens on it. */
    static NativeLibrary here() {
        List<String> jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> String.valueOf(Path.of(entry).getFileName()))
                .filter(name -> name.matches("nd4j-(native|cuda)-.*(linux|macosx|windows)-.*\\.jar"))
                .toList();
        return new NativeLibrary(jars, Path.of(System.getProperty("espalier.cpuinfo", "/proc/cpuinfo")));
    }

    /** Instruction sets of the processor that are of interest, as far as they are known. */
    String instructions() {
        return flags().map(flags -> INSTRUCTIONS.stream().filter(flags::contains).collect(Collectors.joining(", "))).orElse("not told by this system");
    }

    private Optional<List<String>> flags() {
        try {
            return Files.isReadable(processor) ? Optional.of(Arrays.asList(Files.readString(processor).split("\\s+"))) : Optional.empty();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /** What the processor lacks, and on a line of its own the mend; empty where it lacks nothing, or where that is not told. */
    Optional<String> whyNot() {
        return jars.stream().filter(jar -> jar.contains("avx2")).findFirst()
                .filter(jar -> flags().filter(flags -> !flags.contains("avx2")).isPresent())
                .map(jar -> "this processor lacks AVX2, which " + jar + " is built for"
                        + "\n    build without: ESPALIER_MAVEN_ARGS=-Dnd4j.classifier=linux-x86_64-onednn ./espalier doctor; the engine is dl4j then");
    }
}
