package io.espalier.plugins.datasets;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Names of classes, and the labels that they allow. */
final class ClassNames {

    private static final int MOST = 65_536;

    private ClassNames() {}

    /** One name a line, in label order; empty if there is no such file. Blank lines at the end do not count. */
    static Optional<List<String>> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        List<String> names;
        try {
            names = Files.readString(file).stripTrailing().lines().map(String::strip).toList();
        } catch (CharacterCodingException problem) {
            throw new InputException(file + " is not UTF-8 text: it must hold one class name a line", problem);
        }
        if (names.isEmpty() || names.contains("") || new HashSet<>(names).size() < names.size()) {
            throw new InputException(file + " must hold one class name a line, none blank and none twice");
        }
        return Optional.of(names);
    }

    /** The names in the file if it is there, else the numbers from 0 to the highest training label. */
    static List<String> readOrCount(Path file, String labelsPlace, int[] trainLabels) throws IOException {
        Optional<List<String>> named = read(file);
        if (named.isPresent()) {
            return named.get();
        }
        int highest = Arrays.stream(trainLabels).max().orElse(0);
        if (highest >= MOST) {
            throw new InputException(labelsPlace + ": label " + highest + " is out of range: at most " + MOST + " classes are read");
        }
        return IntStream.rangeClosed(0, highest).mapToObj(Integer::toString).toList();
    }

    /** @throws InputException for the first label that is no index of a class */
    static void requireInRange(String place, int[] labels, int classes) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new InputException(place + ": label " + labels[i] + " of image " + i + " is out of range: there are "
                        + classes + " classes, 0 to " + (classes - 1));
            }
        }
    }
}
