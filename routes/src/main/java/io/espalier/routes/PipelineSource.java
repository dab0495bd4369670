package io.espalier.routes;

import io.espalier.api.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The text of a pipeline.
 *
 * @param name of the pipeline, which is the id of the route that starts
 * @param file name of the file, for people
 * @param text the file, whole
 */
public record PipelineSource(String name, String file, String text) {

    /** How a pipeline's file is called: its name and this. */
    public static final String SUFFIX = ".camel.yaml";

    /** @throws InputException when it cannot be read */
    public static PipelineSource of(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new InputException(path + " is no file\n    name a pipeline's file, or a shipped pipeline");
        }
        try {
            String file = String.valueOf(path.getFileName());
            return new PipelineSource(nameOf(file), file, Files.readString(path));
        } catch (CharacterCodingException e) {
            throw new InputException(path + " is not text in UTF-8\n    save the pipeline as UTF-8", e);
        } catch (IOException e) {
            throw new InputException(path + " cannot be read: " + e.getMessage() + "\n    look at its permissions", e);
        }
    }

    /** A pipeline whose text was kept by a run. */
    public static PipelineSource kept(String name, String text) {
        return new PipelineSource(name, name + SUFFIX, text);
    }

    private static String nameOf(String file) {
        if (file.endsWith(SUFFIX)) {
            return file.substring(0, file.length() - SUFFIX.length());
        }
        int dot = file.lastIndexOf('.');
        return dot > 0 ? file.substring(0, dot) : file;
    }
}
