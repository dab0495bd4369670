package io.espalier.mlflow;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/** Plain HTTP with the server: what MLflow's Java client cannot do without Python, and telling what it is that answers. */
final class Web {

    private static final Duration CONNECTING = Duration.ofSeconds(10);
    /** Bytes a second below which a transfer is given up. */
    private static final long SLOWEST = 50_000;

    private final Target target;
    private final HttpClient client;
    private final UnaryOperator<String> discretion;
    private final LongConsumer moved;

    /** @param moved is told of bytes that went over the wire */
    Web(Target target, LongConsumer moved) {
        this.target = target;
        this.discretion = target.discretion();
        this.moved = moved;
        // HTTP/1.1: MLflow's server warns of every request that offers to go on in HTTP/2.
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECTING.compareTo(target.patience()) < 0 ? CONNECTING : target.patience())
                .followRedirects(HttpClient.Redirect.NEVER);
        if (target.insecure()) {
            builder.sslContext(anyCertificate());
        }
        this.client = builder.build();
    }

    private static SSLContext anyCertificate() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AnyCertificate()}, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform has TLS", impossible);
        }
    }

    /** An answer. */
    record Answer(int status, String type, Optional<String> location, String text) {

        boolean isJson() {
            return type.startsWith("application/json");
        }
    }

    /** Asks for something small. */
    Answer get(String path) {
        HttpResponse<String> response = send(request(path, Duration.ZERO).GET().build(), HttpResponse.BodyHandlers.ofString(), target.patience());
        return new Answer(
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse(""),
                response.headers().firstValue("Location"),
                discretion.apply(response.body()));
    }

    /** Sends a file, streamed. */
    void put(String path, Content content) {
        Duration longest = target.patience().plusSeconds(content.size() / SLOWEST);
        try {
            HttpRequest.BodyPublisher body = content instanceof Content.OnDisk file
                    ? HttpRequest.BodyPublishers.ofFile(file.file())
                    : HttpRequest.BodyPublishers.ofByteArray(((Content.Made) content).bytes());
            HttpRequest request = request(path, longest).header("Content-Type", "application/octet-stream").PUT(new Counted(body, moved)).build();
            HttpResponse<String> response = send(request, HttpResponse.BodyHandlers.ofString(), longest);
            require(response.statusCode(), path, response.body());
        } catch (IOException e) {
            throw new Trouble(Trouble.Kind.REFUSED, content + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** SHA-256 of what the server holds, hexadecimal; nothing where it holds nothing. */
    Optional<String> digest(String path, long size) {
        Duration longest = target.patience().plusSeconds(size / SLOWEST);
        MessageDigest digest = Names.sha256();
        HttpResponse.BodyHandler<Void> handler = HttpResponse.BodyHandlers.ofByteArrayConsumer(bytes -> bytes.ifPresent(b -> {
            digest.update(b);
            moved.accept(b.length);
        }));
        HttpResponse<Void> response = send(request(path, longest).GET().build(), handler, longest);
        if (response.statusCode() == 404) {
            return Optional.empty();
        }
        require(response.statusCode(), path, "");
        return Optional.of(HexFormat.of().formatHex(digest.digest()));
    }

    private HttpRequest.Builder request(String path, Duration longest) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(target.uri() + path))
                .timeout(longest.isZero() ? target.patience() : longest);
        target.authorization().ifPresent(value -> builder.header("Authorization", value));
        return builder;
    }

    private void require(int status, String path, String body) {
        if (status != 200) {
            throw Words.of(target, status, path, discretion.apply(body));
        }
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler, Duration longest) {
        var future = client.sendAsync(request, handler);
        try {
            // The request's own limit ends with the headers; a body that never ends is caught here.
            return future.get(longest.plusSeconds(1).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw Words.slow(target, longest);
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new Trouble(Trouble.Kind.STOPPED, "told to stop", e);
        } catch (ExecutionException e) {
            throw trouble(e.getCause(), longest);
        }
    }

    private Trouble trouble(Throwable cause, Duration longest) {
        if (cause instanceof Trouble trouble) {
            return trouble;
        }
        if (cause instanceof HttpTimeoutException) {
            return Words.slow(target, longest);
        }
        return Words.unreachable(target, cause instanceof SSLException, discretion.apply(String.valueOf(reason(cause))));
    }

    private static String reason(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage() == null ? "" : ": " + root.getMessage();
        return root.getClass().getSimpleName() + message;
    }
}
