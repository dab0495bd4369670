package io.espalier.engine;

import io.espalier.network.Network;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Runs networks as DL4J graphs, with convolutions of libnd4j. Knows every layer that DL4J knows. */
public final class Dl4jEngine implements Engine {

    private final DataType precision;

    public Dl4jEngine() {
        this(DataType.FLOAT);
    }

    /** @param precision float32, or float64 for checks of gradients */
    public Dl4jEngine(DataType precision) {
        this.precision = precision;
    }

    @Override
    public String name() {
        return "dl4j";
    }

    @Override
    public String fingerprint() {
        var environment = Nd4j.getExecutioner().getEnvironmentInformation();
        return "dl4j " + precision.name().toLowerCase(Locale.ROOT)
                + " backend=" + environment.getProperty("backend")
                + " threads=" + environment.get("omp.threads") + "/" + environment.get("blas.threads")
                + " arch=" + System.getProperty("os.arch");
    }

    @Override
    public Program compile(Network network, Wanted wanted) {
        return new Dl4jProgram(network, wanted, precision);
    }
}
