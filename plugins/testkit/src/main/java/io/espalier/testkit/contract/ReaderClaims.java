package io.espalier.testkit.contract;

import io.espalier.api.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** What readers of networks and of data promise of the files that they are given. */
final class ReaderClaims {

    private final Subject subject;
    private final Reader reader;

    /** A reader, whatever it reads. */
    interface Reader {

        boolean accepts(Path source) throws IOException;

        /** What was read, in words that are the same for the same content. */
        String read(Path source) throws IOException;
    }

    ReaderClaims(Subject subject, Reader reader) {
        this.subject = subject;
        this.reader = reader;
    }

    List<Claim> all() {
        return List.of(
                new Claim("accepts its own format", this::acceptsItsOwn),
                new Claim("leaves other formats to others", this::leavesOthers),
                new Claim("reads its format, the same every time", this::readsTheSame),
                new Claim("does not change what it reads", this::sourceIsUnchanged),
                new Claim("refuses damaged files in words", this::refusesDamaged),
                new Claim("says what a call takes", this::effort));
    }

    private Path sample() {
        Path sample = subject.terms().sample().orElseThrow(() -> new NotChecked("a reader is tried on a file of its format, and none was given"));
        if (!Files.exists(sample)) {
            throw new NotChecked("the sample " + sample + " is not there");
        }
        return sample;
    }

    private String acceptsItsOwn() {
        if (!accepts(sample())) {
            throw subject.broken("does not accept " + sample() + "; look at its first bytes in accepts(), and not at its name");
        }
        return "";
    }

    private boolean accepts(Path source) {
        try {
            return reader.accepts(source);
        } catch (IOException | RuntimeException e) {
            throw subject.broken("cannot say whether it accepts " + source.getFileName() + ", but throws " + e + " at accepts(); every file on the"
                    + " disk may be shown to it, so read a few bytes as bytes (Files.newInputStream, readNBytes) and say no", e);
        }
    }

    private String leavesOthers() {
        Map<String, byte[]> others = new LinkedHashMap<>();
        others.put("empty", new byte[0]);
        others.put("zeros", new byte[4096]);
        byte[] noise = new byte[4096];
        new Random(1).nextBytes(noise);
        others.put("noise", noise);
        others.put("text.txt", "No network, no images.\n".getBytes(StandardCharsets.UTF_8));
        others.put("other.zip", new byte[] {'P', 'K', 3, 4, 20, 0});
        others.put("object.json", "{\"a\": 1}\n".getBytes(StandardCharsets.UTF_8));
        others.forEach((name, content) -> {
            if (accepts(write(name, content))) {
                throw subject.broken("accepts the file '" + name + "' (" + content.length + " bytes), which is not of its format; look for what"
                        + " every file of its format begins with");
            }
        });
        Path folder = folder("empty-folder");
        if (accepts(folder)) {
            throw subject.broken("accepts an empty folder");
        }
        return others.size() + " files of other kinds";
    }

    private Path write(String name, byte[] content) {
        try {
            return Files.write(folder("others").resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path folder(String name) {
        try {
            return Files.createDirectories(subject.terms().work().resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read(Path source) {
        try {
            return reader.read(source);
        } catch (IOException e) {
            throw subject.broken("cannot read " + source + ": " + e, e);
        }
    }

    private String readsTheSame() {
        String first = read(sample());
        if (!first.equals(read(sample()))) {
            throw subject.broken("reads something else from " + sample() + " the second time; take no randomness but from a fixed seed, and keep"
                    + " nothing between calls");
        }
        return first;
    }

    private String sourceIsUnchanged() {
        Map<String, byte[]> before = content(sample());
        read(sample());
        Map<String, byte[]> after = content(sample());
        if (!before.keySet().equals(after.keySet()) || before.entrySet().stream().anyMatch(e -> !Arrays.equals(e.getValue(), after.get(e.getKey())))) {
            throw subject.broken("changes what it reads: " + sample() + " is another one afterwards");
        }
        return "";
    }

    private static Map<String, byte[]> content(Path source) {
        Map<String, byte[]> content = new LinkedHashMap<>();
        for (Path file : files(source)) {
            try {
                content.put(source.relativize(file).toString(), Files.readAllBytes(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return content;
    }

    private static List<Path> files(Path source) {
        try (Stream<Path> all = Files.walk(source)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String refusesDamaged() {
        Path largest = files(sample()).stream().max(Comparator.comparingLong(file -> file.toFile().length()))
                .orElseThrow(() -> new NotChecked("the sample " + sample() + " holds no file"));
        int cuts = 0;
        for (double share : new double[] {0, 0.1, 0.5, 0.9}) {
            Path cut = copy("cut-" + (int) (100 * share));
            Path file = Files.isDirectory(sample()) ? cut.resolve(sample().relativize(largest)) : cut;
            damage(file, share);
            requireRefusedOrRead(cut, share);
            cuts++;
        }
        return cuts + " truncated files";
    }

    /** A copy of the sample, under its own name, since that may say something. */
    private Path copy(String name) {
        Path target = folder(name).resolve(sample().getFileName());
        for (Path file : files(sample())) {
            Path to = Files.isDirectory(sample()) ? target.resolve(sample().relativize(file).toString()) : target;
            try {
                Files.createDirectories(to.getParent());
                Files.write(to, Files.readAllBytes(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return target;
    }

    private static void damage(Path file, double share) {
        try {
            byte[] whole = Files.readAllBytes(file);
            Files.write(file, Arrays.copyOf(whole, (int) (share * whole.length)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is left of a text may be whole, as a table of fewer rows is; what is not must be refused in words. */
    private void requireRefusedOrRead(Path source, double share) {
        String what = "the first " + (int) (100 * share) + " % of its own format";
        try {
            String read = reader.read(source);
            if (share == 0) {
                throw subject.broken("reads an empty file as " + read + "; refuse it by an InputException that names the file and the mend");
            }
        } catch (InputException refused) {
            if (!refused.getMessage().contains(source.getFileName().toString())) {
                throw subject.broken("refuses " + what + ", but does not name the file: '" + refused.getMessage() + "'", refused);
            }
        } catch (IOException | RuntimeException e) {
            throw subject.broken("throws " + e + " on " + what + "; refuse it by an InputException that names the file and the mend", e);
        }
    }

    private String effort() {
        Path sample = sample();
        return Effort.of(() -> read(sample)) + " for " + sample.getFileName();
    }
}
