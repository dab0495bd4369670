package io.espalier.engine.onednn;

import io.espalier.engine.Dl4jEngine;
import io.espalier.engine.Engine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** {@link OneDnnEngine} where it loads and knows every layer of a network; {@link Dl4jEngine} elsewhere, which it says. */
public final class FastestEngine implements Engine {

    public static final String NAME = "auto";

    private final Consumer<String> says;
    private final Optional<Engine> fast;
    private final Engine general = new Dl4jEngine();
    private final Set<String> said = new HashSet<>();

    /** @param says told, once each, why something runs on {@code dl4j} */
    public FastestEngine(Consumer<String> says) {
        this.says = says;
        this.fast = OneDnnEngine.whyAbsent().isPresent() ? Optional.empty() : Optional.of(new OneDnnEngine());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String fingerprint() {
        return fast.map(engine -> engine.fingerprint() + ", else ").orElse("") + general.fingerprint();
    }

    @Override
    public Program compile(Network network, Wanted wanted) {
        if (fast.isEmpty()) {
            say("runs on the engine dl4j, since onednn is not to be had here: " + OneDnnEngine.whyAbsent().orElse(""));
            return general.compile(network, wanted);
        }
        try {
            return fast.get().compile(network, wanted);
        } catch (UnsupportedLayerException e) {
            say("runs on the engine dl4j: " + e.what());
            return general.compile(network, wanted);
        }
    }

    private synchronized void say(String line) {
        if (said.add(line)) {
            says.accept(line);
        }
    }
}
