package io.espalier.mlflow;

/** Something that keeps values from the server. The run goes on; {@code sync} sends what is missing. */
final class Trouble extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** What kind it is; of each a run says one only. */
    enum Kind {
        /** Nobody answers. */
        UNREACHABLE(false),
        /** A call took too long. */
        SLOW(false),
        /** The server is at fault, or wants to be left alone for a while. */
        FAILING(false),
        /** What answers is no MLflow server. */
        OTHER_SERVER(false),
        /** The server does not hold what it said it took. */
        LOST(false),
        /** The login is refused. */
        LOGIN(true),
        /** The login is known and may not do this. */
        PERMISSION(true),
        /** The experiment or the run was deleted. */
        DELETED(true),
        /** The server does not take what it is sent. */
        REFUSED(true),
        /** Another process sends this run. */
        BUSY(true),
        /** Whoever waited was told to stop. */
        STOPPED(true);

        private final boolean lasting;

        Kind(boolean lasting) {
            this.lasting = lasting;
        }
    }

    private final Kind kind;

    Trouble(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    Trouble(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** Whether waiting does not mend it. */
    boolean isLasting() {
        return kind.lasting;
    }
}
