package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.Candidate;
import io.espalier.api.RunFailedException;
import io.espalier.data.Split;
import io.espalier.network.Network;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CandidateStoreTest {

    private static final Supplier<Candidate.Content> NEVER = () -> {
        throw new AssertionError("nothing was to be made again");
    };

    @TempDir
    Path folder;

    private Layout layout;

    @BeforeEach
    void makeFolders() throws IOException {
        layout = new Layout(folder);
        for (Path f : layout.folders()) {
            Files.createDirectories(f);
        }
    }

    private CandidateStore open(String... needed) {
        return new CandidateStore(layout, new Disk(folder, FileChannel::open), Set.of(needed));
    }

    private static Candidate candidate() {
        Random random = new Random(1);
        Network network = Tiny.network(random);
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("nothing", Double.NaN);
        metrics.put("endless", Double.NEGATIVE_INFINITY);
        metrics.put("minus", -0.0);
        metrics.put("tenth", 0.1);
        return Candidate.of(network, Tiny.dataset(random))
                .withMilestone(Candidate.LOADED, Tiny.shaken(network, random, 0.5))
                .withMetrics(metrics)
                .withImportance(Map.of("conv", new double[] {1 / 3.0, Double.MIN_VALUE, Double.NaN}))
                .withStep(new Candidate.Step("load", Map.of("model", "a/b c.zip", "empty", "")));
    }

    private long count(Path of) throws IOException {
        try (Stream<Path> files = Files.list(of)) {
            return files.count();
        }
    }

    @Test
    void aCandidateComesBackToTheBit() {
        Candidate candidate = candidate();
        candidate = candidate.withKept(candidate);
        String digest = open().put(candidate);

        CandidateStore reopened = open(digest);
        Candidate.Content again = reopened.read(digest, NEVER).orElseThrow();

        assertThat(again.network().digest()).isEqualTo(candidate.network().digest());
        assertThat(again.network().preprocessing()).isEqualTo(Tiny.PREPROCESSING);
        assertThat(again.milestones().get("loaded").digest()).isEqualTo(candidate.milestones().get("loaded").digest());
        assertThat(again.metrics()).containsExactlyEntriesOf(candidate.metrics());
        assertThat(again.importance().get("conv")).containsExactly(candidate.importance().get("conv"));
        assertThat(again.lineage()).isEqualTo(candidate.lineage());
        assertThat(again.kept().orElseThrow().network().digest()).isEqualTo(candidate.network().digest());
        assertThat(reopened.digest(Candidate.of(again))).isEqualTo(digest);
        assertSame(again.dataset().train(), candidate.dataset().train());
        assertSame(again.dataset().validation(), candidate.dataset().validation());
        assertSame(again.dataset().test(), candidate.dataset().test());
        assertThat(again.dataset()).usingRecursiveComparison().ignoringFields("train", "validation", "test").isEqualTo(candidate.dataset());
    }

    private static void assertSame(Split a, Split b) {
        assertThat(a.shape()).isEqualTo(b.shape());
        assertThat(a.labels()).containsExactly(b.labels());
        for (int i = 0; i < a.size(); i++) {
            assertThat(a.image(i)).containsExactly(b.image(i));
        }
    }

    @Test
    void anythingThatDiffersMakesAnotherDigest() {
        CandidateStore store = open();
        Candidate candidate = candidate();
        List<Candidate> others = List.of(
                candidate,
                candidate.with(Tiny.shaken(candidate.network(), new Random(2), 1e-3)),
                candidate.withMetrics(Map.of("tenth", Math.nextUp(0.1))),
                candidate.withMetrics(Map.of("minus", 0.0)),
                candidate.withImportance(Map.of("out", new double[] {1})),
                candidate.withMilestone("scaled", candidate.network()),
                candidate.withStep(new Candidate.Step("fold", Map.of())),
                candidate.withKept(candidate),
                Candidate.of(candidate.network(), Tiny.dataset(new Random(3))));
        assertThat(others.stream().map(store::digest)).doesNotHaveDuplicates();
        assertThat(store.digest(candidate())).isEqualTo(store.digest(candidate));
    }

    @Test
    void whatIsSharedIsStoredAndReadOnce() throws IOException {
        CandidateStore store = open();
        Candidate first = candidate();
        Candidate second = first.withMetrics(Map.of("accuracy", 0.5));
        String a = store.put(first);
        long packs = count(layout.packs());
        long splits = count(layout.splits());
        String b = store.put(second);
        assertThat(count(layout.packs())).isEqualTo(packs);
        assertThat(count(layout.splits())).isEqualTo(splits).isEqualTo(3);
        assertThat(count(layout.networks())).isEqualTo(2);

        CandidateStore reopened = open(a, b);
        Candidate.Content one = reopened.read(a, NEVER).orElseThrow();
        Candidate.Content two = reopened.read(b, NEVER).orElseThrow();
        assertThat(one.milestones().get("loaded")).isSameAs(two.milestones().get("loaded"));
        assertThat(one.dataset().train()).isSameAs(two.dataset().train());
    }

    @Test
    void aDroppedCandidateGoesAndWhatAnotherNeedsStays() throws IOException {
        CandidateStore store = open();
        Candidate first = candidate();
        Candidate second = first.with(Tiny.shaken(first.network(), new Random(4), 1)).withKept(first);
        Candidate third = second.with(Tiny.shaken(first.network(), new Random(5), 1)).withoutKept();
        String a = store.put(first);
        String b = store.put(second);
        store.drop(a);
        assertThat(store.read(a, NEVER)).as("it is kept by the second").isPresent();
        String c = store.put(third);
        store.drop(b);
        assertThat(store.read(a, NEVER)).isEmpty();
        assertThat(store.read(b, NEVER)).isEmpty();
        assertThat(store.read(c, NEVER).orElseThrow().milestones().get("loaded").digest())
                .isEqualTo(first.milestones().get("loaded").digest());
        assertThat(count(layout.networks())).isEqualTo(2);
        assertThat(count(layout.candidates())).isEqualTo(1);
        store.drop(c);
        for (Path f : List.of(layout.networks(), layout.candidates(), layout.packs(), layout.splits())) {
            assertThat(count(f)).as("%s", f).isZero();
        }
    }

    @Test
    void whatNoFinishedStageRefersToGoesWhenTheStoreIsOpened() throws IOException {
        open().put(candidate());
        open();
        for (Path f : List.of(layout.networks(), layout.candidates(), layout.packs(), layout.splits())) {
            assertThat(count(f)).as("%s", f).isZero();
        }
    }

    @Test
    void aKeptCandidateThatWasDroppedBeforeItWasReadIsMadeAgain() {
        Candidate first = candidate();
        Candidate second = first.withKept(first);
        String digest = open().put(second);
        CandidateStore store = open(digest);
        Candidate.Content content = store.read(digest, second::content).orElseThrow();
        store.drop(digest);
        assertThat(content.kept().orElseThrow().network().digest()).isEqualTo(first.network().digest());
    }

    @Test
    void aCandidateWithADeletedPackIsNotThere() throws IOException {
        String digest = open().put(candidate());
        try (Stream<Path> packs = Files.list(layout.packs())) {
            Files.delete(packs.findFirst().orElseThrow());
        }
        assertThat(open(digest).read(digest, NEVER)).isEmpty();
    }

    @Test
    void aDamagedFileOfAnyKindIsNamed() throws IOException {
        for (Path kind : List.of(layout.candidates(), layout.networks(), layout.splits())) {
            String digest = open().put(candidate());
            Path file;
            try (Stream<Path> files = Files.list(kind)) {
                file = files.max((x, y) -> Long.compare(x.toFile().length(), y.toFile().length())).orElseThrow();
            }
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 0x10;
            Files.write(file, bytes);
            assertThatThrownBy(() -> open(digest).read(digest, NEVER))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining(file + " is damaged");
            Files.delete(file);
        }
    }
}
