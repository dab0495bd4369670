package io.espalier.engine.onednn;

import io.espalier.engine.Engine;
import io.espalier.engine.Precision;
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
    private final Precision precision;

    /** @throws TrainingException when the library does not load here; the message says why */
    public OneDnnEngine() {
        this(Precision.FLOAT32);
    }

    /**
     * @param precision in what convolutions read
     * @throws TrainingException when the library does not load here or the processor lacks the precision; the message says why
     */
    public OneDnnEngine(Precision precision) {
        whyAbsent().ifPresent(reason -> {
            throw new TrainingException("the engine onednn is not to be had here: " + reason + "; use --engine dl4j, or leave --engine out");
        });
        this.library = Library.find().orElseThrow();
        this.precision = precision;
        if (precision == Precision.BF16) {
            whyNoBf16().ifPresent(reason -> {
                throw new TrainingException("bf16 is not to be had here: " + reason + "; leave --precision out");
            });
        }
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
        return "onednn " + (precision == Precision.BF16 ? "bf16" : "float") + " instructions=" + library.instructions()
                + " threads=" + Threads.count()
                + " version=" + library.version();
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public Engine exact() {
        return precision == Precision.FLOAT32 ? this : new OneDnnEngine();
    }

    /** Why convolutions cannot read bf16 on this machine, empty where they can. */
    public static Optional<String> whyNoBf16() {
        return whyAbsent().or(() -> Library.find().filter(library -> !library.multipliesBf16())
                .map(library -> "the processor has neither AVX-512 BF16 nor AMX, but " + library.instructions()));
    }

    /** @throws UnsupportedLayerException when a layer is not known */
    @Override
    public Program compile(Network network, Wanted wanted) {
        return new OneDnnProgram(library.cpu(), network, wanted, precision);
    }
}
