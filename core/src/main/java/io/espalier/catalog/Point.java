package io.espalier.catalog;

import io.espalier.api.Criterion;
import io.espalier.api.DatasetReader;
import io.espalier.api.ModelReader;
import io.espalier.api.ModelWriter;
import io.espalier.api.Pruner;
import io.espalier.api.Stage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The extension points, and what people call them. */
enum Point {
    STAGE(Stage.class, "stage", "stages"),
    CRITERION(Criterion.class, "criterion", "criteria"),
    PRUNER(Pruner.class, "pruner", "pruners"),
    MODEL_READER(ModelReader.class, "model reader", "model readers"),
    MODEL_WRITER(ModelWriter.class, "model writer", "model writers"),
    DATASET_READER(DatasetReader.class, "data set reader", "data set readers");

    private final Class<?> type;
    private final String noun;
    private final String plural;

    Point(Class<?> type, String noun, String plural) {
        this.type = type;
        this.noun = noun;
        this.plural = plural;
    }

    /** @throws IllegalArgumentException when the type is no extension point of ours */
    static Point of(Class<?> type) {
        return known(type).orElseThrow(() -> new IllegalArgumentException(type.getName() + " is no extension point"));
    }

    static Optional<Point> known(Class<?> type) {
        return Arrays.stream(values()).filter(point -> point.type == type).findFirst();
    }

    /** The points that an extension implements. */
    static List<Point> implementedBy(Class<?> extension) {
        return Arrays.stream(values()).filter(point -> point.type.isAssignableFrom(extension)).toList();
    }

    Class<?> type() {
        return type;
    }

    String noun() {
        return noun;
    }

    String plural() {
        return plural;
    }

    /** {@code stage:threshold} as pipelines write it, {@code criterion 'random'} for the others. */
    static String title(Extension extension) {
        Point point = of(extension.point());
        return point == STAGE ? "stage:" + extension.name() : point.noun + " '" + extension.name() + "'";
    }
}
