package io.espalier.plugins.datasets;

import io.espalier.api.DatasetReader;
import io.espalier.api.InputException;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.data.ImageFile;
import io.espalier.data.ImageShape;
import io.espalier.data.Labelled;
import io.espalier.data.RawDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.pf4j.Extension;

/**
 * Images by class: {@code train}, {@code validation} (or {@code val}) and {@code test} folders if they are there, each with
 * one folder of PNG or JPEG files per class; else one folder per class at the top. Classes are in order of name. Images are
 * decoded when they are asked for: to one channel if the headers of all say grey, else to three.
 */
@Extension
@Named(value = "folder", doc = "A folder with a folder of PNG or JPEG images per class, divided into train, validation, test or not.")
public final class Folder implements DatasetReader<NoOptions> {

    private static final List<String> VALIDATION = List.of("validation", "val");
    private static final List<String> PARTS = List.of("train", "validation", "val", "test");

    @Override
    public boolean accepts(Path source) {
        try {
            Path train = source.resolve("train");
            return Files.isDirectory(source) && holdsClasses(Files.isDirectory(train) ? train : source);
        } catch (IOException | RuntimeException unreadable) {
            return false;
        }
    }

    private static boolean holdsClasses(Path root) throws IOException {
        for (Path folder : ImageTree.children(root)) {
            if (Files.isDirectory(folder)) {
                for (Path file : ImageTree.children(folder)) {
                    if (ImageTree.isImage(file)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    @Override
    public RawDataset read(Path source, NoOptions options) throws IOException {
        Optional<Path> test = part(source, List.of("test"));
        Optional<Path> validation = part(source, VALIDATION);
        Optional<Path> train = part(source, List.of("train"));
        if (train.isEmpty() && (test.isPresent() || validation.isPresent())) {
            throw new InputException(source + " has a folder " + validation.or(() -> test).get().getFileName() + " but no folder train");
        }
        if (train.isPresent()) {
            requirePartsOnly(source);
        }
        ImageTree trainTree = ImageTree.of(train.orElse(source));
        if (trainTree.classes().size() < 2) {
            throw new InputException(trainTree.root() + " must hold a folder of images for each of at least 2 classes, but has only "
                    + trainTree.classes());
        }
        Optional<ImageTree> validationTree = tree(validation, trainTree);
        Optional<ImageTree> testTree = tree(test, trainTree);
        List<ImageTree> trees = Stream.of(Optional.of(trainTree), validationTree, testTree).flatMap(Optional::stream).toList();
        int channels = channels(trees);
        return new RawDataset(
                trainTree.classes(),
                new Images(trainTree.files(), channels),
                validationTree.map(tree -> new Images(tree.files(), channels)),
                testTree.map(tree -> new Images(tree.files(), channels)));
    }

    private static Optional<Path> part(Path source, List<String> names) {
        List<Path> found = names.stream().map(source::resolve).filter(Files::isDirectory).toList();
        if (found.size() > 1) {
            throw new InputException(source + " has both " + String.join(" and ", names) + "; keep one of them");
        }
        return found.stream().findFirst();
    }

    // A folder "valid" that nobody reads would be a validation part lost without a word.
    private static void requirePartsOnly(Path source) throws IOException {
        for (Path child : ImageTree.children(source)) {
            if (Files.isDirectory(child) && !PARTS.contains(child.getFileName().toString())) {
                throw new InputException(child + " is none of the folders train, validation (or val) and test that "
                        + source + " is divided into; rename it or move it away");
            }
        }
    }

    private static Optional<ImageTree> tree(Optional<Path> part, ImageTree train) throws IOException {
        if (part.isEmpty()) {
            return Optional.empty();
        }
        ImageTree tree = ImageTree.of(part.get());
        if (!tree.classes().equals(train.classes())) {
            TreeSet<String> difference = new TreeSet<>(tree.classes());
            difference.addAll(train.classes());
            difference.removeIf(name -> tree.classes().contains(name) && train.classes().contains(name));
            throw new InputException(tree.root() + " and " + train.root() + " must hold the same classes, but only one of them has "
                    + String.join(", ", difference));
        }
        return Optional.of(tree);
    }

    private static int channels(List<ImageTree> trees) {
        return trees.stream().flatMap(tree -> tree.files().stream()).anyMatch(Folder::isColour) ? 3 : 1;
    }

    private static boolean isColour(ImageTree.File file) {
        try {
            return ImageFile.shape(file.path()).channels() > 1;
        } catch (IOException unreadable) {
            // It says nothing of the others; whether it ends the run is decided when it is decoded.
            return false;
        }
    }

    /** Images decoded on demand. */
    private record Images(List<ImageTree.File> files, int channels) implements Labelled {

        @Override
        public int size() {
            return files.size();
        }

        @Override
        public int label(int index) {
            return files.get(index).label();
        }

        @Override
        public String name(int index) {
            return files.get(index).path().toString();
        }

        @Override
        public Image image(int index) throws IOException {
            Image image = ImageFile.read(files.get(index).path());
            return image.shape().channels() == channels ? image : repeated(image);
        }

        private Image repeated(Image grey) {
            ImageShape shape = new ImageShape(channels, grey.shape().height(), grey.shape().width());
            byte[] pixels = new byte[shape.length()];
            for (int channel = 0; channel < channels; channel++) {
                System.arraycopy(grey.pixels(), 0, pixels, channel * grey.pixels().length, grey.pixels().length);
            }
            return new Image(shape, pixels);
        }
    }
}
