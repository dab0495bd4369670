package io.espalier.plugins.models;

import io.espalier.data.ImageShape;
import io.espalier.data.Normalisation;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A network of Keras' applications whose weights alone are in a file: its layers' names tell which it is and how many
 * blocks it has, the shapes of its kernels how wide they are.
 */
interface KerasApplication {

    /** Names that the last dense layer has had. */
    List<String> TOPS = List.of("predictions", "fc1000", "probs", "Logits");

    int CHANNELS = 3;

    /** What is built. */
    record Built(KerasTensor last, Optional<ImageShape> input) {}

    String name();

    Normalisation normalisation();

    /** A name that no other network's file has, once it has all those. */
    boolean accepts(Set<String> layers);

    Built build(WeightedLayers layers);

    /** All that are known. */
    static List<KerasApplication> all() {
        return List.of(new Vgg(16), new Vgg(19), new ResNet(), new DenseNet(), new MobileNetV2());
    }

    /** What Keras' {@code preprocess_input} does for a model of that name, empty for another name. */
    static Optional<Normalisation> normalisation(String model) {
        String name = model.toLowerCase(Locale.ROOT);
        return all().stream().filter(application -> name.startsWith(application.name().toLowerCase(Locale.ROOT)))
                .findFirst().map(KerasApplication::normalisation);
    }
}
