package io.espalier.catalog;

/**
 * An extension that another extension called did what no extension should: threw something that is not for users, gave what
 * cannot be used, changed what it was given, or hung. The message names it and its plugin.
 */
public final class ExtensionFaultException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ExtensionFaultException(Extension extension, String what) {
        super(words(extension, what));
    }

    ExtensionFaultException(Extension extension, String what, Throwable cause) {
        super(words(extension, what), cause);
    }

    private static String words(Extension extension, String what) {
        Extension.Plugin plugin = extension.plugin();
        return Point.title(extension) + " (plugin " + plugin.id() + " " + plugin.version() + ", " + plugin.jar().getFileName() + ") " + what
                + "\n    take the plugin away or choose another " + extension.kind() + ", and resume the run";
    }
}
