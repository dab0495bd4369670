package io.espalier.routes.plugins;

import io.espalier.api.InputException;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLException;

/**
 * Fetches files by {@code file:}, {@code http:} and {@code https:}.
 *
 * @param patience how long a server may say nothing
 */
public record Download(Duration patience) {

    private static final int BLOCK = 1 << 16;
    private static final int MOST_REDIRECTS = 5;
    private static final long LARGEST_TEXT = 16L << 20;
    private static final long LARGEST_FILE = 1L << 30;

    /** @throws InputException when it cannot be had, or not whole; names the address and the mend */
    String text(URI address) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        fetch(address, text, LARGEST_TEXT);
        return text.toString(StandardCharsets.UTF_8);
    }

    /** @throws InputException when it cannot be had, or not whole; names the address and the mend */
    void to(Path file, URI address) {
        try (OutputStream out = Files.newOutputStream(file)) {
            fetch(address, out, LARGEST_FILE);
        } catch (IOException e) {
            throw new InputException(file + " cannot be written (" + e.getMessage() + "); look at the permissions of its folder and the space on its disk", e);
        }
    }

    private void fetch(URI address, OutputStream out, long most) {
        try {
            URLConnection connection = connect(address, 0);
            long announced = connection.getContentLengthLong();
            long read = copy(connection, address, out, most);
            if (announced >= 0 && read != announced) {
                throw refused(address, "only " + read + " of " + announced + " bytes came", "try again");
            }
        } catch (SocketTimeoutException e) {
            throw refused(address, "nothing came for " + patience.toSeconds() + " seconds", "try again, or allow more with --timeout SECONDS", e);
        } catch (FileNotFoundException | NoSuchFileException e) {
            throw refused(address, "there is no such file", "look at the address", e);
        } catch (SSLException e) {
            throw refused(address, "its certificate is not trusted (" + e.getMessage() + ")", "if you trust it, put it into a trust store with keytool and name that:"
                    + " ESPALIER_JAVA_OPTS=-Djavax.net.ssl.trustStore=FILE", e);
        } catch (IOException e) {
            throw refused(address, String.valueOf(e), "look at the address and at the network, then try again", e);
        }
    }

    private static long copy(URLConnection connection, URI address, OutputStream out, long most) throws IOException {
        long sum = 0;
        try (InputStream in = connection.getInputStream()) {
            byte[] block = new byte[BLOCK];
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                sum += read;
                if (sum > most) {
                    throw refused(address, "it is longer than " + (most >> 20) + " MB", "look at the address");
                }
                write(out, block, read);
            }
        }
        return sum;
    }

    /** A full disk is no fault of the address. */
    private static void write(OutputStream out, byte[] block, int length) {
        try {
            out.write(block, 0, length);
        } catch (IOException e) {
            throw new InputException("what was fetched cannot be written (" + e.getMessage() + "); free some space", e);
        }
    }

    /** Java follows redirects within one protocol only, and would from https to nothing safer; here never away from https. */
    private URLConnection connect(URI address, int redirects) throws IOException {
        URLConnection connection = open(address);
        if (!(connection instanceof HttpURLConnection http)) {
            return connection;
        }
        http.setInstanceFollowRedirects(false);
        int status = http.getResponseCode();
        if (status / 100 == 3 && http.getHeaderField("Location") != null) {
            URI next = location(address, http.getHeaderField("Location"));
            http.disconnect();
            if (redirects == MOST_REDIRECTS) {
                throw refused(address, "the server sends from address to address without end", "look at the address");
            }
            if ("https".equals(address.getScheme()) && !"https".equals(next.getScheme())) {
                throw refused(address, "the server sends from https to " + next, "name that address yourself if you trust it");
            }
            return connect(next, redirects + 1);
        }
        if (status != HttpURLConnection.HTTP_OK) {
            throw refused(address, "the server answers " + status + " " + http.getResponseMessage(), "look at the address, or try again later");
        }
        return connection;
    }

    private URLConnection open(URI address) throws IOException {
        String scheme = String.valueOf(address.getScheme());
        if (!scheme.matches("file|https?")) {
            throw refused(address, "'" + scheme + ":' is no way to fetch a file", "write an address that begins with file:, http: or https:");
        }
        URLConnection connection = address.toURL().openConnection();
        connection.setConnectTimeout((int) patience.toMillis());
        connection.setReadTimeout((int) patience.toMillis());
        connection.setUseCaches(false);
        return connection;
    }

    private static URI location(URI address, String location) {
        try {
            URI next = address.resolve(location);
            if (String.valueOf(next.getScheme()).matches("https?")) {
                return next;
            }
            throw refused(address, "the server sends to '" + location + "'", "look at the address");
        } catch (IllegalArgumentException e) {
            throw refused(address, "the server sends to '" + location + "', which is no address", "look at the address", e);
        }
    }

    private static InputException refused(URI address, String why, String mend) {
        return refused(address, why, mend, null);
    }

    private static InputException refused(URI address, String why, String mend, Throwable cause) {
        return new InputException(address + " cannot be fetched: " + why + "\n    " + mend, cause);
    }
}
