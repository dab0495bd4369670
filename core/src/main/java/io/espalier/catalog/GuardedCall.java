package io.espalier.catalog;

import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.data.DataException;
import io.espalier.engine.TrainingException;
import io.espalier.network.Network;
import io.espalier.network.UnsupportedTopologyException;
import java.io.IOException;
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

    /** A call on a file. */
    interface OnFile<T> {
        T call() throws IOException;
    }

    /** What the call gives. That the file cannot be read is no fault of the plugin. */
    <T> T onFile(OnFile<T> call) throws IOException {
        try {
            return on(List.of(), () -> unchecked(call));
        } catch (FileTroubleException e) {
            throw e.trouble;
        }
    }

    private static <T> T unchecked(OnFile<T> call) {
        try {
            return call.call();
        } catch (IOException e) {
            throw new FileTroubleException(e);
        }
    }

    /** Carries what is checked through a call that may be in another thread. */
    private static final class FileTroubleException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final IOException trouble;

        private FileTroubleException(IOException trouble) {
            super(trouble);
            this.trouble = trouble;
        }
    }

    private <T> T call(Supplier<T> call) {
        try {
            return limit.call(call);
        } catch (InputException | RunFailedException | TrainingException | DataException | UnsupportedTopologyException
                | ExtensionFaultException | FileTroubleException e) {
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
