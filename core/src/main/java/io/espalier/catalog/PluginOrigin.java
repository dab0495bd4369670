package io.espalier.catalog;

import java.util.Locale;

/** How a plugin came to be looked at. */
public enum PluginOrigin {
    /** The distribution carries it. */
    DISTRIBUTION,
    /** {@code plugins install} put it into the user's folder. */
    INSTALLED,
    /** It lies in a folder that the user named. */
    GIVEN;

    /** As lists and run descriptions say it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
