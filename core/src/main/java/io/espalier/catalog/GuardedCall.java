package io.espalier.catalog;

import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.engine.TrainingException;
import io.espalier.network.Network;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A call of an extension on behalf of another, so that whatever goes wrong bears the name of the plugin at fault, not of the
 * one that called it.
 *
 * @param extension that is called
 * @param limit how long the call may take
 */
record GuardedCall(Extension extension, TimeLimit limit) {

    /** What the call gives; it must leave the tensors as they are. */
    <T> T on(Collection<INDArray> tensors, Supplier<T> call) {
        List<Print> before = tensors.stream().map(Print::of).toList();
        T made = call(call);
        if (!tensors.stream().map(Print::of).toList().equals(before)) {
            throw fault("changed the network that it was given; it must take copies (tensor.dup()), since tensors are shared");
        }
        if (made == null) {
            throw fault("gave nothing (null)");
        }
        return made;
    }

    private <T> T call(Supplier<T> call) {
        try {
            return limit.call(call);
        } catch (InputException | RunFailedException | TrainingException | ExtensionFaultException e) {
            throw e;
        } catch (TimeLimit.ExceededException e) {
            throw new ExtensionFaultException(extension, e.getMessage() + " (--plugin-limit)", e);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            throw new ExtensionFaultException(extension, "failed: " + e, e);
        }
    }

    ExtensionFaultException fault(String what) {
        return new ExtensionFaultException(extension, what);
    }

    static List<INDArray> tensors(Network network) {
        return network.nodes().stream().flatMap(node -> node.parameters().values().stream()).toList();
    }

    /** Two sums over a tensor: cheap, and changed by every operation in place that anybody would use. */
    private record Print(double sum, double norm) {

        static Print of(INDArray tensor) {
            return new Print(tensor.sumNumber().doubleValue(), tensor.norm2Number().doubleValue());
        }
    }
}
