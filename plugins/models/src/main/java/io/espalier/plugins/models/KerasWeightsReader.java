package io.espalier.plugins.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.api.InputException;
import io.espalier.api.ModelReader;
import io.espalier.api.Named;
import io.espalier.api.NoOptions;
import io.espalier.api.Pretrained;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.pf4j.Extension;

/**
 * Networks that Keras saved. A whole model, as HDF5 ({@code model.save('x.h5')}) or as the zip of Keras 3
 * ({@code x.keras}), says what its layers are. A file of weights does not; of those the ones of five of Keras'
 * applications are known by the names of their layers.
 */
@Extension
@Named(value = "keras", doc = "Whole Keras models (.h5, .keras), and weights of Keras' VGG16, VGG19, ResNet50, DenseNet121 and"
        + " MobileNetV2 (HDF5), with or without their tops.")
public final class KerasWeightsReader implements ModelReader<NoOptions> {

    private static final String KNOWN = "Known are weights of Keras applications' VGG16, VGG19, ResNet50, DenseNet121 and MobileNetV2,"
            + " with and without top, and whole models: model.save('x.h5') writes one";

    private static final String VERSION = "keras_version";

    /** Group of the weights of a whole model. */
    private static final String MODEL_WEIGHTS = "model_weights";

    @Override
    public boolean accepts(Path file) throws IOException {
        return Hdf5File.accepts(file) || KerasArchive.accepts(file);
    }

    @Override
    public Pretrained read(Path file, NoOptions options) throws IOException {
        try {
            return Hdf5File.accepts(file) ? hdf5(file, Hdf5File.open(file).root()) : archive(file);
        } catch (InputException e) {
            throw e;
        } catch (RuntimeException e) {
            // DL4J takes a configuration's word for everything; what is absurd shows as whatever breaks first.
            throw new InputException(file + " describes no network that can be made: " + Causes.first(e)
                    + ". Get the file again, or save it again by Keras", e);
        }
    }

    private static Pretrained archive(Path file) throws IOException {
        try (KerasArchive archive = KerasArchive.open(file)) {
            KerasModel model = KerasModel.parse(file, archive.configuration(), isVersion3(version(archive.metadata())));
            return KerasNetwork.read(file, model, Keras3Weights.of(archive.weights().root(), model.layers()));
        }
    }

    private static String version(String metadata) {
        try {
            return new ObjectMapper().readTree(metadata).path(VERSION).asText();
        } catch (JsonProcessingException e) {
            // Only what 'hard_sigmoid' means hangs on it, and what this archive is was seen from its other entries.
            return "3";
        }
    }

    private static boolean isVersion3(String version) {
        return !version.matches("[0-2]\\..*");
    }

    private static Pretrained hdf5(Path file, Hdf5Group root) {
        Optional<String> configuration = root.strings("model_config").map(texts -> String.join("", texts));
        if (configuration.isPresent()) {
            boolean third = root.strings(VERSION).map(texts -> isVersion3(String.join("", texts))).orElse(false);
            KerasModel model = KerasModel.parse(file, configuration.get(), third);
            return KerasNetwork.read(file, model, new LegacyKerasWeights(root.group(MODEL_WEIGHTS)));
        }
        return application(file, weights(file, root));
    }

    private static KerasWeights weights(Path file, Hdf5Group root) {
        if (root.strings("layer_names").isPresent()) {
            return new LegacyKerasWeights(root);
        }
        if (!Keras3Weights.isIn(root)) {
            throw new InputException(file + " is HDF5 but no file of Keras that is known: it has no attribute layer_names and no group"
                    + " layers. " + KNOWN);
        }
        Keras3Weights weights = Keras3Weights.named(root);
        if (weights.layers().isEmpty()) {
            throw new InputException(file + " holds the weights of a Keras network in the layout of an early Keras 3, which does not name"
                    + " its layers; save the whole model, model.save('x.h5')");
        }
        return weights;
    }

    private static Pretrained application(Path file, KerasWeights weights) {
        KerasApplication application = KerasApplication.all().stream()
                .filter(known -> known.accepts(weights.layers()))
                .findFirst()
                .orElseThrow(() -> new InputException(file + " holds the weights of a Keras network that is not known: its layers are "
                        + abridged(weights.layers()) + ". " + KNOWN));
        NetworkDraft draft = new NetworkDraft(file, "input");
        WeightedLayers layers = new WeightedLayers(new KerasOperations(file, draft), weights);
        KerasApplication.Built built = application.build(layers);
        requireNoOthers(file, application, weights, layers.used());
        return new Pretrained(
                draft.graph(new NetworkEnd(file, draft).of(built.last())),
                KerasApplication.CHANNELS,
                built.input(),
                Optional.empty(),
                Optional.empty(),
                application.normalisation(),
                Optional.empty());
    }

    private static void requireNoOthers(Path file, KerasApplication application, KerasWeights weights, Set<String> used) {
        Set<String> others = new TreeSet<>(weights.layers());
        others.removeAll(used);
        others.removeIf(name -> weights.of(name).number() == 0);
        if (!others.isEmpty()) {
            throw new InputException(file + " has layers with weights that " + application.name() + " has not: " + abridged(others)
                    + ". " + KNOWN);
        }
    }

    private static String abridged(Set<String> names) {
        List<String> sorted = names.stream().sorted().toList();
        return sorted.size() <= 6 ? sorted.toString() : sorted.subList(0, 6) + " and " + (sorted.size() - 6) + " more";
    }
}
