package io.espalier.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of Espalier that plugins meet: what their {@code Plugin-Requires} is compared with. */
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

    /** Without {@code -SNAPSHOT}: otherwise a plugin that requires 0.2.0 would be refused while 0.2.0 is being made. */
    static String released() {
        return read().replace("-SNAPSHOT", "");
    }
}
