package io.espalier.routes.plugins;

import io.espalier.api.InputException;
import io.espalier.catalog.Requirement;
import java.net.URI;

/**
 * A version of a plugin that a repository has.
 *
 * @param id the plugin's id
 * @param version a semantic version
 * @param requires versions of Espalier's API that it works with; any if empty
 * @param jar where its file is
 * @param sum SHA-512 of the file, hexadecimal, or where that is: {@code .sha512} beside the jar, or an address; may be empty
 */
public record Release(String id, String version, String requires, URI jar, String sum) {

    private static final String BESIDE = ".sha512";

    boolean isForThisEspalier() {
        try {
            return requires.isBlank() || new Requirement(requires).isMet();
        } catch (InputException e) {
            throw new InputException(this + " in its repository's index: requires " + e.getMessage() + "\n    tell whoever keeps the repository", e);
        }
    }

    /**
     * SHA-512 that the file must have.
     *
     * @throws InputException when the repository does not say, or what it says is no such sum
     */
    String sum(Download download) {
        String text = sum;
        if (sum.equalsIgnoreCase(BESIDE)) {
            String file = jar.toString();
            text = download.text(URI.create(file.substring(0, file.lastIndexOf('.')) + BESIDE));
        } else if (sum.startsWith("http")) {
            text = download.text(URI.create(sum));
        }
        // As `sha512sum` writes it: the sum, then the name of the file.
        String found = text.strip().split("\\s+")[0];
        if (!Sha512.is(found)) {
            throw new InputException(this + ": its repository gives " + (found.isEmpty() ? "no SHA-512" : "'" + found + "' for its SHA-512")
                    + ", so what comes cannot be checked\n    tell whoever keeps the repository (`plugins index` writes the sums)");
        }
        return found;
    }

    @Override
    public String toString() {
        return "plugin " + id + " " + version;
    }
}
