package io.espalier.routes.authors;

import io.espalier.api.Criterion;
import io.espalier.api.DatasetReader;
import io.espalier.api.ModelReader;
import io.espalier.api.Pruner;
import io.espalier.api.Stage;
import java.util.Locale;

/** What a new plugin can bring. */
public enum PluginKind {
    CRITERION(Criterion.class, "Largest absolute weight of a unit."),
    PRUNER(Pruner.class, "Removes the filters whose weights differ least from one another."),
    STAGE(Stage.class, "Rounds every weight, as hardware with fewer bits would."),
    MODEL_READER(ModelReader.class, "Networks that have learned nothing yet, described by a line of text."),
    DATASET_READER(DatasetReader.class, "Grey images as text, one a line.");

    private final Class<?> point;
    private final String description;

    PluginKind(Class<?> point, String description) {
        this.point = point;
        this.description = description;
    }

    /** The extension point. */
    public Class<?> point() {
        return point;
    }

    /** What the one class of a new project does. */
    String description() {
        return description;
    }

    /** As the command line writes it, {@code model-reader} for example. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** For sentences, {@code model reader} for example. */
    String noun() {
        return word().replace('-', ' ');
    }
}
