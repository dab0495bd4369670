package io.espalier.catalog;

import com.github.zafarkhaja.semver.ParseException;
import io.espalier.api.ApiVersion;
import io.espalier.api.InputException;
import org.pf4j.DefaultVersionManager;

/**
 * Versions of Espalier's API that a plugin works with: the {@code Plugin-Requires} of its manifest, or {@code requires} in a
 * repository's index.
 *
 * @param text a version, which means that one and later ones, or a range such as {@code >=0.1.0 & <1.0.0}
 */
public record Requirement(String text) {

    private static final DefaultVersionManager VERSIONS = new DefaultVersionManager();

    /** Whether this Espalier's API is one of them; an {@link InputException} when the text says no versions. */
    public boolean isMet() {
        return isMetBy(ApiVersion.CURRENT);
    }

    boolean isMetBy(String version) {
        try {
            return VERSIONS.checkVersionConstraint(version, atLeast());
        } catch (ParseException e) {
            throw new InputException("'" + text + "' cannot be read; write versions of Espalier's API, " + example(), e);
        }
    }

    /** PF4J reads a lone version as the lowest one. */
    private String atLeast() {
        return text.matches("\\d+\\.\\d+\\.\\d+") ? ">=" + text : text;
    }

    static String example() {
        return "for example '>=" + ApiVersion.CURRENT + "'";
    }

    /** Less than 0 if the first version is the older one. */
    public static int compare(String one, String other) {
        return VERSIONS.compareVersions(one, other);
    }
}
