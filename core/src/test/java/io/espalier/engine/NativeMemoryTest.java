package io.espalier.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import io.espalier.Networks;
import io.espalier.layers.BasisScalingConvolution;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;

class NativeMemoryTest {

    private static final long MEGABYTE = 1 << 20;
    /** What programs alone hold that are not closed is four times this after 200 rounds. */
    private static final long TOLERATED = 50 * MEGABYTE;

    @Test
    void programsGiveBackTheirNativeMemory() throws InterruptedException {
        Network network = Decomposition.decompose(Networks.vgg());
        Wanted factors = new Wanted(
                Decomposition.scalings(network).stream()
                        .map(n -> new ParameterKey(n.name(), BasisScalingConvolution.FACTORS)).collect(Collectors.toSet()),
                List.of());
        rounds(network, factors, 60);
        long before = settled();
        rounds(network, factors, 200);
        long grown = settled() - before;
        assertThat(grown).as("bytes after 200 rounds").isLessThan(TOLERATED);
    }

    private static void rounds(Network network, Wanted wanted, int count) {
        for (int round = 0; round < count; round++) {
            try (INDArray images = Networks.images(network, 128);
                    INDArray labels = Networks.labels(128);
                    Program program = new Dl4jEngine().compile(network, wanted)) {
                program.step(images, labels);
                program.step(images, labels);
                program.predict(images).close();
                program.observe(Set.of("block2"), images).values().forEach(INDArray::close);
            }
        }
    }

    /** Resident bytes of the process after what only the garbage collector can free is freed, which is late ({@code LateRelease}). */
    private static long settled() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(1500);
        }
        // What is free, but lies between what is used, is not the process's growth.
        NativeLibrary.getInstance("c").getFunction("malloc_trim").invokeInt(new Object[] {0L});
        return Pointer.physicalBytes();
    }
}
