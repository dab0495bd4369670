package io.espalier.run;

import io.espalier.api.Candidate;
import io.espalier.data.Dataset;
import io.espalier.network.Network;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/**
 * Candidates by digest. What is needed stays: the candidates that were put or found and not dropped, those that they
 * keep, and the networks, rows and images of all these. Everything else is deleted.
 */
final class CandidateStore {

    private static final String NOTHING = "none";

    private final ManifestFolder<CandidateManifest> folder;
    private final NetworkStore networks;
    private final SplitStore splits;
    private final Disk disk;
    private final Map<String, CandidateManifest> manifests = new HashMap<>();
    private final Set<String> needed = new HashSet<>();
    /** Digests of candidates in memory; a candidate is compared by identity. */
    private final Map<Candidate, String> digests = Collections.synchronizedMap(new WeakHashMap<>());

    /** @param needed candidates to keep as long as they are not dropped */
    CandidateStore(Layout layout, Disk disk, Set<String> needed) {
        this.folder = new ManifestFolder<>(layout.candidates(), disk, CandidateManifest.class);
        this.networks = new NetworkStore(layout, disk);
        this.splits = new SplitStore(layout.splits(), disk);
        this.disk = disk;
        this.needed.addAll(needed);
        folder.digests().forEach(d -> manifests.put(d, manifest(d)));
        deleteUnneeded();
    }

    private CandidateManifest manifest(String digest) {
        CandidateManifest manifest = folder.read(digest);
        if (!manifest.digest().equals(digest)) {
            throw disk.damaged(folder.file(digest), new IOException("the candidate in it has the digest " + manifest.digest()));
        }
        return manifest;
    }

    /** Digest of a candidate. Nothing is read for one that came from this store or was put into it. */
    String digest(Candidate candidate) {
        if (candidate.isNone()) {
            return NOTHING;
        }
        String known = digests.get(candidate);
        return known != null ? known : remember(candidate, manifestOf(candidate.content()).digest());
    }

    /** Notes the digest of a candidate whose content is not to be read for it. */
    String remember(Candidate candidate, String digest) {
        digests.put(candidate, digest);
        return digest;
    }

    private CandidateManifest manifestOf(Candidate.Content content) {
        Dataset dataset = content.dataset();
        return CandidateManifest.of(
                content,
                new CandidateManifest.StoredDataset(
                        dataset.source(),
                        dataset.digest(),
                        dataset.classes(),
                        dataset.note(),
                        splits.digest(dataset.train()),
                        splits.digest(dataset.validation()),
                        splits.digest(dataset.test())),
                this::digest);
    }

    /** Whether all of a candidate is there. */
    synchronized boolean holds(String digest) {
        CandidateManifest manifest = manifests.get(digest);
        return manifest != null
                && manifest.networks().stream().allMatch(networks::holds)
                && manifest.dataset().splits().stream().allMatch(splits::holds)
                && (manifest.kept().isEmpty() || holds(manifest.kept()));
    }

    /**
     * Stores a candidate, and the one that it keeps.
     *
     * @return its digest
     */
    String put(Candidate candidate) {
        // Contents are fetched before the store is locked: a candidate that is being read holds its own lock, and
        // waits for the store's.
        Candidate.Content content = candidate.content();
        Optional<Candidate.Content> kept = content.kept().map(Candidate::content);
        CandidateManifest manifest = manifestOf(content);
        Optional<CandidateManifest> keptManifest = kept.map(this::manifestOf);
        String digest = remember(candidate, manifest.digest());
        synchronized (this) {
            kept.ifPresent(k -> store(k, keptManifest.orElseThrow(), manifest.kept()));
            store(content, manifest, digest);
            needed.add(digest);
        }
        return digest;
    }

    private void store(Candidate.Content content, CandidateManifest manifest, String digest) {
        if (holds(digest)) {
            return;
        }
        networks.put(content.network());
        content.milestones().values().forEach(networks::put);
        splits.put(content.dataset().train());
        splits.put(content.dataset().validation());
        splits.put(content.dataset().test());
        folder.put(digest, manifest);
        manifests.put(digest, manifest);
    }

    /**
     * Content of a candidate; empty when it is not, or no longer, all there.
     *
     * @param again makes the same content anew, for a kept candidate that is dropped before it is read
     */
    synchronized Optional<Candidate.Content> read(String digest, Supplier<Candidate.Content> again) {
        return holds(digest) ? Optional.of(content(manifests.get(digest), again)) : Optional.empty();
    }

    private Candidate.Content content(CandidateManifest manifest, Supplier<Candidate.Content> again) {
        CandidateManifest.StoredDataset stored = manifest.dataset();
        Dataset dataset = new Dataset(
                stored.source(),
                stored.digest(),
                stored.classes(),
                splits.read(stored.train()),
                splits.read(stored.validation()),
                splits.read(stored.test()),
                stored.note());
        Map<String, Network> milestones = new LinkedHashMap<>();
        manifest.milestones().forEach((name, digest) -> milestones.put(name, networks.read(digest)));
        return new Candidate.Content(
                networks.read(manifest.network()),
                dataset,
                manifest.metrics(),
                manifest.importance(),
                milestones,
                manifest.lineage(),
                manifest.kept().isEmpty() ? Optional.empty() : Optional.of(lazyKept(manifest.kept(), again)));
    }

    private Candidate lazyKept(String digest, Supplier<Candidate.Content> again) {
        Supplier<Candidate.Content> keptAgain = () -> again.get().kept().orElseThrow().content();
        Candidate kept = Candidate.lazy(() -> read(digest, keptAgain).orElseGet(keptAgain));
        remember(kept, digest);
        return kept;
    }

    /** A candidate is not needed any more, except as the kept one of another. */
    synchronized void drop(String digest) {
        if (needed.remove(digest)) {
            deleteUnneeded();
        }
    }

    /** Manifests go first: a process killed in between leaves rows that nothing refers to, never the reverse. */
    private void deleteUnneeded() {
        Set<String> live = new HashSet<>();
        needed.stream().filter(manifests::containsKey).forEach(digest -> {
            live.add(digest);
            live.add(manifests.get(digest).kept());
        });
        folder.keepOnly(live);
        manifests.keySet().retainAll(live);
        Set<String> liveNetworks = new HashSet<>();
        Set<String> liveSplits = new HashSet<>();
        manifests.values().forEach(manifest -> {
            liveNetworks.addAll(manifest.networks());
            liveSplits.addAll(manifest.dataset().splits());
        });
        networks.keepOnly(liveNetworks);
        splits.keepOnly(liveSplits);
    }
}
