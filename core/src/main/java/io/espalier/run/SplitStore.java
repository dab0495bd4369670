package io.espalier.run;

import io.espalier.data.ImageShape;
import io.espalier.data.Split;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Parts of data sets, once each. A file is named by the SHA-256 of what it holds before it is deflated: channels, height,
 * width and number of images, then the labels (big-endian ints all), then the pixels of one image after the other.
 */
final class SplitStore {

    private static final String ENDING = ".split";

    private final Path folder;
    private final Disk disk;
    private final Set<String> stored = new HashSet<>();
    /** Digests of splits in memory; a split is compared by identity. */
    private final Map<Split, String> digests = Collections.synchronizedMap(new WeakHashMap<>());
    private final Map<String, WeakReference<Split>> inUse = new HashMap<>();

    SplitStore(Path folder, Disk disk) {
        this.folder = folder;
        this.disk = disk;
        for (Path file : disk.list(folder, ENDING)) {
            String name = file.getFileName().toString();
            stored.add(name.substring(0, name.length() - ENDING.length()));
        }
    }

    String digest(Split split) {
        return digests.computeIfAbsent(split, SplitStore::computeDigest);
    }

    private static String computeDigest(Split split) {
        DigestStream out = new DigestStream();
        try {
            write(split, out);
        } catch (IOException e) {
            throw new IllegalStateException("a digest takes all bytes", e);
        }
        return out.digest.hex();
    }

    boolean holds(String digest) {
        return stored.contains(digest);
    }

    void put(Split split) {
        String digest = digest(split);
        inUse.put(digest, new WeakReference<>(split));
        if (stored.contains(digest)) {
            return;
        }
        disk.write(file(digest), out -> {
            // The fastest level: the best one costs ten times the time for a tenth of the bytes.
            Deflater deflater = new Deflater(Deflater.BEST_SPEED);
            try {
                DeflaterOutputStream deflated = new DeflaterOutputStream(out, deflater, 1 << 16);
                write(split, deflated);
                deflated.finish();
            } finally {
                deflater.end();
            }
        });
        stored.add(digest);
    }

    private static void write(Split split, OutputStream to) throws IOException {
        DataOutputStream out = new DataOutputStream(to);
        out.writeInt(split.shape().channels());
        out.writeInt(split.shape().height());
        out.writeInt(split.shape().width());
        out.writeInt(split.size());
        for (int i = 0; i < split.size(); i++) {
            out.writeInt(split.label(i));
        }
        for (int i = 0; i < split.size(); i++) {
            out.write(split.image(i));
        }
        out.flush();
    }

    /** Reads a split that the store holds, and makes sure that it is that one. */
    Split read(String digest) {
        WeakReference<Split> known = inUse.get(digest);
        Split split = known == null ? null : known.get();
        if (split == null) {
            split = readStored(digest);
            inUse.put(digest, new WeakReference<>(split));
        }
        return split;
    }

    private Split readStored(String digest) {
        Path file = file(digest);
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new InflaterInputStream(Files.newInputStream(file)), 1 << 16))) {
            ImageShape shape = new ImageShape(in.readInt(), in.readInt(), in.readInt());
            int[] labels = new int[in.readInt()];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = in.readInt();
            }
            List<byte[]> images = new ArrayList<>(labels.length);
            for (int i = 0; i < labels.length; i++) {
                byte[] pixels = new byte[shape.length()];
                in.readFully(pixels);
                images.add(pixels);
            }
            Split split = new Split(shape, images, labels);
            if (!digest(split).equals(digest)) {
                throw new IOException("it does not hold the images that it was written with");
            }
            return split;
        } catch (IOException | IllegalArgumentException | NegativeArraySizeException e) {
            throw disk.damaged(file, e);
        }
    }

    void keepOnly(Set<String> live) {
        for (String dead : stored.stream().filter(d -> !live.contains(d)).toList()) {
            disk.delete(file(dead));
            stored.remove(dead);
        }
    }

    private Path file(String digest) {
        return folder.resolve(digest + ENDING);
    }

    private static final class DigestStream extends OutputStream {

        private final Digest digest = new Digest();

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            digest.bytes(bytes, offset, length);
        }
    }
}
