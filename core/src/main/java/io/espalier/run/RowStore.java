package io.espalier.run;

import io.espalier.api.RunFailedException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Tensors by their rows: a row that is there already is not stored again. The new rows of one {@link #put} make one
 * pack. A pack is deleted when no tensor refers to any of its rows; while one does, all of it stays.
 */
final class RowStore {

    /**
     * Where a row is.
     *
     * @param pack name of the pack
     * @param index in the pack
     */
    private record Place(String pack, int index) {}

    private final Path folder;
    private final Disk disk;
    private final Map<String, Pack> packs = new HashMap<>();
    private final Map<Row, Place> places = new HashMap<>();

    RowStore(Path folder, Disk disk) {
        this.folder = folder;
        this.disk = disk;
        for (Path file : disk.list(folder, Pack.ENDING)) {
            try {
                add(nameOf(file), Pack.open(file));
            } catch (IOException e) {
                throw damaged(file, e);
            }
        }
    }

    private static String nameOf(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - Pack.ENDING.length());
    }

    private void add(String name, Pack pack) {
        packs.put(name, pack);
        for (int i = 0; i < pack.entries().size(); i++) {
            places.putIfAbsent(pack.entries().get(i).row(), new Place(name, i));
        }
    }

    /** Stores float32 tensors, and says where their rows are, in the order given. */
    List<StoredTensor> put(List<INDArray> tensors) {
        List<List<Row>> rows = tensors.stream().map(RowStore::digests).toList();
        Map<Row, Integer> lengths = new LinkedHashMap<>();
        for (int t = 0; t < tensors.size(); t++) {
            collectNew(rows.get(t), tensors.get(t).length() * Float.BYTES, lengths);
        }
        if (!lengths.isEmpty()) {
            writePack(tensors, rows, lengths);
        }
        List<StoredTensor> stored = new ArrayList<>();
        for (int t = 0; t < tensors.size(); t++) {
            stored.add(new StoredTensor(tensors.get(t).shape().clone(), stretches(rows.get(t))));
        }
        return stored;
    }

    private static List<Row> digests(INDArray tensor) {
        try (TensorRows rows = TensorRows.of(tensor)) {
            return IntStream.range(0, rows.count()).mapToObj(rows::row).toList();
        }
    }

    private void collectNew(List<Row> rows, long bytes, Map<Row, Integer> lengths) {
        int length = Math.toIntExact(bytes / rows.size());
        rows.stream().filter(r -> !places.containsKey(r)).forEach(r -> lengths.putIfAbsent(r, length));
    }

    private void writePack(List<INDArray> tensors, List<List<Row>> rows, Map<Row, Integer> lengths) {
        List<Pack.Entry> entries = lengths.entrySet().stream().map(e -> new Pack.Entry(e.getKey(), e.getValue())).toList();
        String name = Pack.name(entries);
        Path file = folder.resolve(name + Pack.ENDING);
        disk.write(file, out -> {
            out.write(Pack.header(entries));
            Set<Row> waiting = new HashSet<>(lengths.keySet());
            for (int t = 0; t < tensors.size(); t++) {
                writeRows(tensors.get(t), rows.get(t), waiting, out);
            }
        });
        add(name, Pack.written(file, entries));
    }

    /** Writes those rows of a tensor that are waited for, once each. */
    private static void writeRows(INDArray tensor, List<Row> rows, Set<Row> waiting, OutputStream out) throws IOException {
        if (rows.stream().noneMatch(waiting::contains)) {
            return;
        }
        try (TensorRows content = TensorRows.of(tensor)) {
            for (int i = 0; i < rows.size(); i++) {
                if (waiting.remove(rows.get(i))) {
                    content.write(i, out);
                }
            }
        }
    }

    private List<StoredTensor.Stretch> stretches(List<Row> rows) {
        List<StoredTensor.Stretch> stretches = new ArrayList<>();
        for (Row row : rows) {
            Place place = places.get(row);
            StoredTensor.Stretch next = new StoredTensor.Stretch(place.pack, place.index, 1);
            int last = stretches.size() - 1;
            if (last >= 0 && next.continues(stretches.get(last))) {
                StoredTensor.Stretch longer = stretches.get(last);
                stretches.set(last, new StoredTensor.Stretch(longer.pack(), longer.first(), longer.count() + 1));
            } else {
                stretches.add(next);
            }
        }
        return stretches;
    }

    boolean holds(String pack) {
        return packs.containsKey(pack);
    }

    /**
     * Reads a tensor; every row is checked.
     *
     * @throws RunFailedException when a pack is damaged
     */
    INDArray read(StoredTensor tensor) {
        List<byte[]> parts = new ArrayList<>();
        int length = 0;
        for (StoredTensor.Stretch stretch : tensor.stretches()) {
            byte[] part = read(stretch);
            length = Math.addExact(length, part.length);
            parts.add(part);
        }
        byte[] bytes = new byte[length];
        int offset = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, bytes, offset, part.length);
            offset += part.length;
        }
        return TensorRows.tensor(bytes, tensor.shape());
    }

    private byte[] read(StoredTensor.Stretch stretch) {
        Pack pack = packs.get(stretch.pack());
        try {
            return pack.read(stretch.first(), stretch.count());
        } catch (IOException e) {
            throw damaged(pack.file(), e);
        }
    }

    /** Deletes every pack but these. */
    void keepOnly(Set<String> live) {
        Set<String> dead = new HashSet<>(packs.keySet());
        dead.removeAll(live);
        if (!dead.isEmpty()) {
            places.values().removeIf(p -> dead.contains(p.pack));
            dead.forEach(name -> disk.delete(packs.remove(name).file()));
        }
    }

    private RunFailedException damaged(Path file, IOException e) {
        return e instanceof Pack.DamagedException
                ? disk.damaged(file, e)
                : disk.failure(file, e);
    }
}
