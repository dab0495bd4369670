package io.espalier.plugins.datasets;

import io.espalier.api.InputException;
import io.espalier.data.ImageFile;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A folder with one folder of images per class.
 *
 * @param root the folder
 * @param classes names of the class folders, sorted
 * @param files the images, so ordered that each beginning of the list holds the classes in about the shares of the whole
 */
record ImageTree(Path root, List<String> classes, List<File> files) {

    private static final Pattern IMAGE_NAME = Pattern.compile(".+\\.(png|jpe?g)");

    /**
     * One image.
     *
     * @param label index of its class
     * @param position rank within its class, as a share of the class; 0 < position < 1
     */
    record File(Path path, int label, double position) {}

    static ImageTree of(Path root) throws IOException {
        List<Path> folders = children(root).stream().filter(Files::isDirectory).toList();
        requireNoLooseImages(root);
        List<File> files = new ArrayList<>();
        for (int label = 0; label < folders.size(); label++) {
            List<Path> images = images(folders.get(label));
            for (int i = 0; i < images.size(); i++) {
                files.add(new File(images.get(i), label, (i + 0.5) / images.size()));
            }
        }
        files.sort(Comparator.comparingDouble(File::position).thenComparingInt(File::label));
        return new ImageTree(root, folders.stream().map(folder -> folder.getFileName().toString()).toList(), List.copyOf(files));
    }

    /** What is in a folder, hidden files left out, in order of name. */
    static List<Path> children(Path folder) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, path -> !path.getFileName().toString().startsWith("."))) {
            found.forEach(children::add);
        } catch (DirectoryIteratorException problem) {
            throw problem.getCause();
        }
        children.sort(Comparator.comparing(path -> path.getFileName().toString()));
        return children;
    }

    /** By name, so that a damaged image still counts as one, or else by content. */
    static boolean isImage(Path file) throws IOException {
        return Files.isRegularFile(file)
                && (IMAGE_NAME.matcher(file.getFileName().toString().toLowerCase(Locale.ROOT)).matches() || ImageFile.hasSignature(file));
    }

    private static void requireNoLooseImages(Path root) throws IOException {
        for (Path child : children(root)) {
            if (isImage(child)) {
                throw new InputException(child + " lies outside any class: " + root + " must hold one folder of images per class");
            }
        }
    }

    private static List<Path> images(Path folder) throws IOException {
        List<Path> images = children(folder);
        if (images.isEmpty()) {
            throw new InputException(folder + " holds no image; fill the class's folder or remove it");
        }
        for (Path file : images) {
            if (!isImage(file)) {
                throw new InputException(file + " is no PNG or JPEG image; only images may lie in the folder of a class, move it away");
            }
        }
        return images;
    }
}
