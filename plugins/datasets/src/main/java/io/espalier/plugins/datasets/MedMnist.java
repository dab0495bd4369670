package io.espalier.plugins.datasets;

import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.data.InMemory;
import io.espalier.data.Labelled;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.pf4j.Extension;

/**
 * A MedMNIST file: NumPy arrays {@code train_images}, {@code train_labels} and the same for {@code val} and {@code test}
 * in one npz. Classes are named by {@code NAME.classes.txt} beside {@code NAME.npz} if it is there, else by number. Source:
 * Yang et al., 2023.
 */
@Extension
@Named(value = "medmnist", doc = "A MedMNIST file (npz) of grey or colour images, one label each.")
public final class MedMnist implements DatasetReader<NoOptions> {

    private static final String ENDING = ".npz";

    /** By name (so that a truncated file is named as such) or, whatever the name, by the arrays in it. */
    @Override
    public boolean accepts(Path source) {
        if (!Files.isRegularFile(source)) {
            return false;
        }
        if (source.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(ENDING)) {
            return true;
        }
        try {
            return isZip(source) && holdsImages(source);
        } catch (IOException | InputException unreadable) {
            return false;
        }
    }

    private static boolean isZip(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() == 'P' && in.read() == 'K';
        }
    }

    private static boolean holdsImages(Path file) throws IOException {
        try (NpzFile npz = new NpzFile(file)) {
            return npz.has("train_images");
        }
    }

    @Override
    public RawDataset read(Path source, NoOptions options) throws IOException {
        try (NpzFile npz = new NpzFile(source)) {
            InMemory train = part(npz, "train");
            String place = npz.place("train_labels");
            String name = source.getFileName().toString();
            String stem = name.toLowerCase(Locale.ROOT).endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
            List<String> classes = ClassNames.readOrCount(source.resolveSibling(stem + ".classes.txt"), place, train.labels());
            ClassNames.requireInRange(place, train.labels(), classes.size());
            return new RawDataset(classes, train, optional(npz, "val", classes), optional(npz, "test", classes));
        }
    }

    private static Optional<Labelled> optional(NpzFile npz, String part, List<String> classes) throws IOException {
        if (!npz.has(part + "_images") && !npz.has(part + "_labels")) {
            return Optional.empty();
        }
        InMemory images = part(npz, part);
        ClassNames.requireInRange(npz.place(part + "_labels"), images.labels(), classes.size());
        return Optional.of(images);
    }

    private static InMemory part(NpzFile npz, String part) throws IOException {
        NpzFile.Images images = npz.images(part + "_images");
        int[] labels = npz.labels(part + "_labels");
        if (images.pixels().size() != labels.length) {
            throw new InputException(npz.place(part + "_images") + " holds " + images.pixels().size() + " images but " + part
                    + "_labels " + labels.length + " labels: they do not belong together");
        }
        return new InMemory(images.shape(), images.pixels(), labels);
    }
}
