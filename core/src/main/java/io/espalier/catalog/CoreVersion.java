package io.espalier.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of Espalier. What a plugin's {@code Plugin-Requires} is compared with is {@link io.espalier.api.ApiVersion}. */
public final class CoreVersion {

    private CoreVersion() {}

    /** As the build wrote it, for example {@code 0.1.0}. */
    public static String read() {
        Properties properties = new Properties();
        try (InputStream in = CoreVersion.class.getResourceAsStream("core.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("the core's own core.properties cannot be read", e);
        }
        return properties.getProperty("version");
    }
}
