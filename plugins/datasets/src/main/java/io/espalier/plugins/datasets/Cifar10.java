package io.espalier.plugins.datasets;

import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.data.ImageShape;
import io.espalier.data.InMemory;
import io.espalier.data.Labelled;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.pf4j.Extension;

/**
 * CIFAR-10 in its binary version: {@code data_batch_*.bin} to train on, {@code test_batch.bin}, class names in
 * {@code batches.meta.txt}. A record is a label byte, then 1024 bytes each of red, green and blue, row by row. Source:
 * Krizhevsky, 2009.
 */
@Extension
@Named(value = "cifar10", doc = "A folder of CIFAR-10 in its binary version.")
public final class Cifar10 implements DatasetReader<NoOptions> {

    private static final ImageShape SHAPE = new ImageShape(3, 32, 32);
    private static final int RECORD = 1 + SHAPE.length();
    private static final String TEST = "test_batch.bin";
    private static final List<String> CLASSES = List.of(
            "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    @Override
    public boolean accepts(Path source) {
        try {
            return Files.isDirectory(source) && (!trainFiles(source).isEmpty() || Files.isRegularFile(source.resolve(TEST)));
        } catch (IOException unreadable) {
            return false;
        }
    }

    @Override
    public RawDataset read(Path source, NoOptions options) throws IOException {
        List<Path> files = trainFiles(source);
        if (files.isEmpty()) {
            throw new InputException(source + " has no file data_batch_1.bin (or any data_batch_*.bin), which CIFAR-10 needs");
        }
        List<String> classes = ClassNames.read(source.resolve("batches.meta.txt")).orElse(CLASSES);
        Path test = source.resolve(TEST);
        Optional<Labelled> testPart =
                Files.isRegularFile(test) ? Optional.of(part(List.of(test), classes)) : Optional.empty();
        return new RawDataset(classes, part(files, classes), Optional.empty(), testPart);
    }

    private static List<Path> trainFiles(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "data_batch_*.bin")) {
            found.forEach(files::add);
        } catch (DirectoryIteratorException problem) {
            throw problem.getCause();
        }
        files.sort(Comparator.<Path>comparingInt(file -> file.getFileName().toString().length()).thenComparing(Comparator.naturalOrder()));
        return files;
    }

    private static InMemory part(List<Path> files, List<String> classes) throws IOException {
        List<byte[]> images = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (Path file : files) {
            byte[] bytes = whole(file);
            int[] ofFile = new int[bytes.length / RECORD];
            for (int i = 0; i < ofFile.length; i++) {
                ofFile[i] = bytes[i * RECORD] & 0xff;
                images.add(Arrays.copyOfRange(bytes, i * RECORD + 1, (i + 1) * RECORD));
            }
            ClassNames.requireInRange(file.toString(), ofFile, classes.size());
            Arrays.stream(ofFile).forEach(labels::add);
        }
        return new InMemory(SHAPE, images, labels.stream().mapToInt(Integer::intValue).toArray());
    }

    private static byte[] whole(Path file) throws IOException {
        long size = Files.size(file);
        if (size == 0 || size % RECORD != 0) {
            throw new InputException(file + " has " + size + " bytes, which is no multiple of the " + RECORD
                    + " of a CIFAR-10 record: it is truncated or another kind of file; fetch it again");
        }
        Claims.requireMemory(file.toString(), size);
        return Files.readAllBytes(file);
    }
}
