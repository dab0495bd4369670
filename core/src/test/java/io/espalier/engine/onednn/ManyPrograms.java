package io.espalier.engine.onednn;

import io.espalier.Networks;
import io.espalier.engine.Engine;
import io.espalier.engine.Program;
import io.espalier.engine.Wanted;
import io.espalier.network.Decomposition;
import io.espalier.network.Network;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Compiles, trains and closes programs, and prints by how many bytes that made the process larger. A process of its own, whose
 * heap has its size from the beginning: a heap that grows, and code that is compiled, would be taken for native memory.
 */
public final class ManyPrograms {

    private ManyPrograms() {}

    /** @param arguments rounds before the first look, rounds between the looks */
    public static void main(String[] arguments) throws InterruptedException {
        Network network = Decomposition.decompose(Networks.vgg());
        Wanted wanted = new Wanted(AgreementTest.trainable(network), List.of());
        rounds(network, wanted, Integer.parseInt(arguments[0]));
        long before = settled();
        rounds(network, wanted, Integer.parseInt(arguments[1]));
        System.out.println("grown by " + (settled() - before));
    }

    private static void rounds(Network network, Wanted wanted, int count) {
        Engine engine = new OneDnnEngine();
        for (int round = 0; round < count; round++) {
            try (INDArray images = Networks.images(network, 128);
                    INDArray labels = Networks.labels(128);
                    Program program = engine.compile(network, wanted)) {
                program.step(images, labels);
                program.step(images, labels);
                program.predict(images).close();
                program.observe(Set.of("block2"), images).values().forEach(INDArray::close);
            }
        }
    }

    /** Resident bytes of the process after what only the garbage collector can free is freed. */
    private static long settled() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(150);
        }
        return Pointer.physicalBytes();
    }
}
