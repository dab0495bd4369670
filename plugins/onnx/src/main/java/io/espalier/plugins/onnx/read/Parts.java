package io.espalier.plugins.onnx.read;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The parts of a network in the making, by name, in topological order. */
final class Parts {

    private final Feature images;
    private final Set<String> reserved;
    private final Map<String, Part> parts = new LinkedHashMap<>();
    /** How many parts read a part; a part that reads it twice counts twice. */
    private final Map<String, Integer> readers = new HashMap<>();
    private String output;

    /** @param reserved names of the file's values, which no part that is ours takes */
    Parts(Feature images, Set<String> reserved) {
        this.images = images;
        this.reserved = reserved;
    }

    Feature images() {
        return images;
    }

    Collection<Part> all() {
        return parts.values();
    }

    /** What the file itself does to the images first, if that is a factor and a shift for each channel. */
    Optional<Part.Affine> scaling() {
        return parts.values().stream().filter(part -> part.inputs().contains(images.name())).findFirst().flatMap(Part::affine);
    }

    List<String> names() {
        return List.copyOf(parts.keySet());
    }

    Optional<Part> find(String name) {
        return Optional.ofNullable(parts.get(name));
    }

    boolean isFree(String name) {
        return !parts.containsKey(name) && !name.equals(images.name());
    }

    /** A name like the wished one that no part has. */
    String free(String wished) {
        String name = wished;
        for (int i = 2; !isFree(name) || reserved.contains(name); i++) {
            name = wished + "-" + i;
        }
        return name;
    }

    Part add(Part part) {
        if (!isFree(part.name())) {
            throw new IllegalArgumentException("two parts are named '" + part.name() + "'");
        }
        return put(part);
    }

    /** Puts a part in the place of the one of its name. */
    Part put(Part part) {
        Part before = parts.put(part.name(), part);
        if (before != null) {
            before.inputs().forEach(input -> readers.merge(input, -1, Integer::sum));
        }
        part.inputs().forEach(input -> readers.merge(input, 1, Integer::sum));
        return part;
    }

    /** Takes a part out that nothing reads any more. */
    void remove(Part part) {
        parts.remove(part.name());
        part.inputs().forEach(input -> readers.merge(input, -1, Integer::sum));
    }

    /** The part of a name if one part reads it, and the world outside does not. */
    Optional<Part> ofOneReader(String name) {
        return find(name).filter(part -> readers.getOrDefault(name, 0) == 1 && !name.equals(output));
    }

    String output() {
        return output;
    }

    void output(String name) {
        output = name;
    }

    /** Gives a part another name, wherever it stands. */
    void rename(String from, String to) {
        List<Part> all = new ArrayList<>(parts.values());
        parts.clear();
        readers.clear();
        for (Part part : all) {
            List<String> inputs = part.inputs().stream().map(input -> input.equals(from) ? to : input).toList();
            put(new Part(part.name().equals(from) ? to : part.name(), part.kind(), inputs, part.extents(), part.flat()));
        }
        output = from.equals(output) ? to : output;
    }
}
