package io.espalier.engine.onednn;

import io.espalier.engine.Engine;
import io.espalier.engine.Program;
import io.espalier.engine.TrainingException;
import io.espalier.engine.Wanted;
import io.espalier.network.Network;
import java.util.Optional;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Runs networks as oneDNN primitives: layouts of oneDNN's choice from layer to layer, frozen weights brought into them once,
 * no gradients of what does not train. For x86-64 processors with AVX2.
 */
public final class OneDnnEngine implements Engine {

    public static final String NAME = "onednn";

    private final Library library;

    /** @throws TrainingException when the library does not load here; the message says why */
    public OneDnnEngine() {
        whyAbsent().ifPresent(reason -> {
            throw new TrainingException("the engine onednn is not to be had here: " + reason + "; use --engine dl4j, or leave --engine out");
        });
        this.library = Library.find().orElseThrow();
    }

    /** Why it cannot be had on this machine, empty where it can. */
    public static Optional<String> whyAbsent() {
        if (Nd4j.getExecutioner().type() != OpExecutioner.ExecutionerType.NATIVE_CPU) {
            return Optional.of("tensors are not in the processor's memory, but on " + Nd4j.getExecutioner().type());
        }
        return Library.find().isPresent() ? Optional.empty() : Optional.of(Library.whyAbsent());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String fingerprint() {
        return "onednn float instructions=" + library.instructions()
                + " threads=" + Threads.count()
                + " version=" + library.version();
    }

    /** @throws UnsupportedLayerException when a layer is not known */
    @Override
    public Program compile(Network network, Wanted wanted) {
        return new OneDnnProgram(library.cpu(), network, wanted);
    }
}
