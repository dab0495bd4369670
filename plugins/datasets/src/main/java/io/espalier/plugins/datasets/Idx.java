package io.espalier.plugins.datasets;

import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.data.InMemory;
import io.espalier.data.Labelled;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.pf4j.Extension;

/**
 * A folder of IDX files, as MNIST and Fashion-MNIST come: {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte},
 * the same with {@code t10k-} for the test part and {@code validation-} for a validation part, each also with {@code .gz}.
 * Classes are named by {@code classes.txt} if there is one, else by number.
 */
@Extension
@Named(value = "idx", doc = "A folder of IDX files (MNIST, Fashion-MNIST), gzipped or not.")
public final class Idx implements DatasetReader<NoOptions> {

    private static final List<String> IMAGES = List.of("-images-idx3-ubyte", "-images.idx3-ubyte");
    private static final List<String> LABELS = List.of("-labels-idx1-ubyte", "-labels.idx1-ubyte");

    @Override
    public boolean accepts(Path source) {
        return Stream.of("train", "t10k").anyMatch(part -> find(source, part, IMAGES).isPresent() || find(source, part, LABELS).isPresent());
    }

    @Override
    public RawDataset read(Path source, NoOptions options) throws IOException {
        Path labels = require(source, "train", LABELS);
        InMemory train = part(source, "train");
        List<String> classes = ClassNames.readOrCount(source.resolve("classes.txt"), labels.toString(), train.labels());
        ClassNames.requireInRange(labels.toString(), train.labels(), classes.size());
        return new RawDataset(classes, train, optional(source, "validation", classes), optional(source, "t10k", classes));
    }

    private static Optional<Labelled> optional(Path folder, String part, List<String> classes) throws IOException {
        if (find(folder, part, IMAGES).isEmpty() && find(folder, part, LABELS).isEmpty()) {
            return Optional.empty();
        }
        InMemory images = part(folder, part);
        ClassNames.requireInRange(require(folder, part, LABELS).toString(), images.labels(), classes.size());
        return Optional.of(images);
    }

    private static InMemory part(Path folder, String part) throws IOException {
        Path imagesFile = require(folder, part, IMAGES);
        Path labelsFile = require(folder, part, LABELS);
        int[] labels = IdxFile.labels(labelsFile);
        IdxFile.Images images = IdxFile.images(imagesFile);
        if (images.pixels().size() != labels.length) {
            throw new InputException(imagesFile + " holds " + images.pixels().size() + " images but " + labelsFile + " " + labels.length
                    + " labels: they do not belong together");
        }
        return new InMemory(images.shape(), images.pixels(), labels);
    }

    private static Path require(Path folder, String part, List<String> endings) {
        return find(folder, part, endings).orElseThrow(() -> new InputException(
                folder + " has no file " + part + endings.get(0) + " (or " + part + endings.get(0) + ".gz), which IDX data needs"));
    }

    private static Optional<Path> find(Path folder, String part, List<String> endings) {
        return endings.stream()
                .flatMap(ending -> Stream.of(part + ending, part + ending + ".gz"))
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }
}
