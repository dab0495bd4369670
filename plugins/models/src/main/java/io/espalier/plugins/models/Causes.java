package io.espalier.plugins.models;

/** What an exception of a library says of its cause. */
final class Causes {

    private Causes() {}

    /** The first line of the innermost message, or the exception's kind when it says nothing. */
    static String first(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String message = root.getMessage() == null ? "" : root.getMessage().lines().findFirst().orElse("");
        return message.isBlank() ? root.getClass().getSimpleName() : message;
    }
}
