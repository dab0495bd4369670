package io.espalier.run;

import io.espalier.network.Network;
import io.espalier.network.Node;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Networks by digest: a manifest each, their tensors by rows. One that is in use is not read a second time. */
final class NetworkStore {

    private final ManifestFolder<NetworkManifest> manifests;
    private final RowStore rows;
    private final Disk disk;
    /** Names of the packs of each network that is stored. */
    private final Map<String, Set<String>> packs = new HashMap<>();
    // Weak, not soft: a network's numbers are native memory, which does not press on the heap that clears soft ones.
    private final Map<String, WeakReference<Network>> inUse = new HashMap<>();

    NetworkStore(Layout layout, Disk disk) {
        this.manifests = new ManifestFolder<>(layout.networks(), disk, NetworkManifest.class);
        this.rows = new RowStore(layout.packs(), disk);
        this.disk = disk;
        manifests.digests().forEach(d -> packs.put(d, manifests.read(d).packNames()));
    }

    /** Whether all of a network is there. */
    boolean holds(String digest) {
        return manifests.holds(digest) && packs.get(digest).stream().allMatch(rows::holds);
    }

    void put(Network network) {
        String digest = network.digest();
        inUse.put(digest, new WeakReference<>(network));
        if (holds(digest)) {
            return;
        }
        List<INDArray> tensors = new ArrayList<>();
        network.nodes().forEach(n -> tensors.addAll(n.parameters().values()));
        List<StoredTensor> stored = rows.put(tensors);
        NetworkManifest.Parameters parameters = new NetworkManifest.Parameters();
        int next = 0;
        for (Node node : network.nodes()) {
            for (String name : node.parameters().keySet()) {
                parameters.add(node.name(), name, stored.get(next++));
            }
        }
        NetworkManifest manifest = parameters.manifest(network.configuration().toJson(), network.preprocessing(), network.classes());
        manifests.put(digest, manifest);
        packs.put(digest, manifest.packNames());
    }

    /** Reads a network that the store holds, and makes sure that it is that one. */
    Network read(String digest) {
        WeakReference<Network> known = inUse.get(digest);
        Network network = known == null ? null : known.get();
        if (network == null) {
            network = readStored(digest);
            inUse.put(digest, new WeakReference<>(network));
        }
        return network;
    }

    private Network readStored(String digest) {
        NetworkManifest manifest = manifests.read(digest);
        Map<String, Map<String, INDArray>> parameters = new LinkedHashMap<>();
        for (NetworkManifest.Parameter parameter : manifest.parameters()) {
            parameters
                    .computeIfAbsent(parameter.layer(), l -> new LinkedHashMap<>())
                    .put(parameter.name(), rows.read(manifest.tensor(parameter)));
        }
        ComputationGraphConfiguration configuration = ComputationGraphConfiguration.fromJson(manifest.configuration());
        Network network = Network.of(configuration, parameters, manifest.preprocessing(), manifest.classes());
        if (!network.digest().equals(digest)) {
            throw disk.damaged(manifests.file(digest), new IOException("the network in it has the digest " + network.digest()));
        }
        return network;
    }

    /** Deletes every network but these, and the rows that none of these has. */
    void keepOnly(Set<String> live) {
        manifests.keepOnly(live);
        packs.keySet().retainAll(live);
        Set<String> livePacks = new TreeSet<>();
        packs.values().forEach(livePacks::addAll);
        rows.keepOnly(livePacks);
    }
}
