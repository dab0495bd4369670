package io.espalier.mlflow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What one run in MLflow must hold: a run of ours, or a branch of it. Grows as the journal does. */
final class Page {

    /** A data set that the run read. */
    record Data(String name, String digest, String source, String schema, String profile) {

        String id() {
            return name + "#" + digest;
        }
    }

    /** An exported network: files that belong together. */
    record Model(String name, Map<String, Content> files, Map<String, String> parameters, long step) {}

    private final String key;
    private final String name;
    private final long start;
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private final Map<String, String> tags = new LinkedHashMap<>();
    private final Map<String, Set<Point>> points = new LinkedHashMap<>();
    private final Map<String, Content> files = new LinkedHashMap<>();
    private final Map<String, Data> data = new LinkedHashMap<>();
    private final Map<String, Model> models = new LinkedHashMap<>();
    private Optional<Ending> ending = Optional.empty();

    /** @param key by which the run is found again */
    Page(String key, String name, long start) {
        this.key = key;
        this.name = name;
        this.start = start;
    }

    String key() {
        return key;
    }

    String name() {
        return name;
    }

    /** Milliseconds since 1970. */
    long start() {
        return start;
    }

    /**
     * The first value stands, since the server refuses others; a run that went on with other options has them under the same
     * key with {@code :2}.
     */
    void parameter(String parameter, String value) {
        String text = value.isEmpty() ? "-" : value;
        String at = parameter;
        for (int n = 2; parameters.containsKey(at) && !text.equals(parameters.get(at)); n++) {
            at = parameter + ":" + n;
        }
        parameters.put(at, text);
    }

    void tag(String tag, String value) {
        tags.put(tag, value.length() <= Names.LONGEST_TAG ? value : value.substring(0, Names.LONGEST_TAG - 1) + "…");
    }

    void point(Point point) {
        points.computeIfAbsent(point.key(), k -> new LinkedHashSet<>()).add(point);
    }

    void file(String path, Content content) {
        files.put(Names.file(path), content);
    }

    void data(Data read) {
        data.put(read.id(), read);
    }

    void model(Model model) {
        models.put(model.name(), model);
    }

    void ends(Ending how) {
        ending = Optional.of(how);
    }

    void goesOn() {
        ending = Optional.empty();
    }

    /** As the server takes them: what is too long is cut, and whole in a file. */
    Map<String, String> parameters() {
        Map<String, String> taken = new LinkedHashMap<>();
        parameters.forEach((parameter, value) -> taken.put(parameter, brief(parameter, value)));
        return taken;
    }

    private static String brief(String parameter, String value) {
        if (value.length() <= Names.LONGEST_PARAMETER) {
            return value;
        }
        String note = "… (whole in " + wholeIn(parameter) + ")";
        return value.substring(0, Names.LONGEST_PARAMETER - note.length()) + note;
    }

    private static String wholeIn(String parameter) {
        return Names.file("parameters/" + parameter.replace('/', '.') + ".txt");
    }

    Map<String, Content> files() {
        Map<String, Content> all = new LinkedHashMap<>(files);
        parameters.forEach((parameter, value) -> {
            if (value.length() > Names.LONGEST_PARAMETER) {
                all.put(wholeIn(parameter), Content.Made.of(value));
            }
        });
        return all;
    }

    Map<String, String> tags() {
        return Collections.unmodifiableMap(tags);
    }

    Map<String, Set<Point>> points() {
        return Collections.unmodifiableMap(points);
    }

    Collection<Data> data() {
        return Collections.unmodifiableCollection(data.values());
    }

    List<Model> models() {
        return new ArrayList<>(models.values());
    }

    /** Nothing while it runs. */
    Optional<Ending> ending() {
        return ending;
    }
}
