package io.espalier.routes.whole;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Serves a folder on this machine's own interface, and serves it badly where it is told to. */
final class WebServer implements AutoCloseable {

    private final HttpServer server;
    private final String scheme;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, HttpHandler> bad = new ConcurrentHashMap<>();
    private final CountDownLatch end = new CountDownLatch(1);

    WebServer(Path folder) throws IOException {
        this(folder, "http", HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    }

    private WebServer(Path folder, String scheme, HttpServer server) {
        this.server = server;
        this.scheme = scheme;
        server.createContext("/", exchange -> bad.getOrDefault(exchange.getRequestURI().getPath(), one -> serve(one, folder)).handle(exchange));
        server.setExecutor(threads);
        server.start();
    }

    /** By https, with a certificate that it gave itself. */
    static WebServer secure(Path folder, SelfSigned certificate) throws IOException, GeneralSecurityException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(certificate.context()));
        return new WebServer(folder, "https", server);
    }

    private static void serve(HttpExchange exchange, Path folder) throws IOException {
        Path file = folder.resolve(exchange.getRequestURI().getPath().substring(1));
        byte[] content = Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
        exchange.sendResponseHeaders(content == null ? 404 : 200, content == null ? -1 : content.length);
        if (content != null) {
            exchange.getResponseBody().write(content);
        }
        exchange.close();
    }

    String address() {
        return scheme + "://" + server.getAddress().getHostString() + ":" + server.getAddress().getPort() + "/";
    }

    void when(String path, HttpHandler handler) {
        bad.put(path, handler);
    }

    void status(String path, int status) {
        when(path, exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
    }

    void redirect(String path, String to) {
        when(path, exchange -> {
            exchange.getResponseHeaders().add("Location", to);
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
    }

    /** Says how long the file is, and ends after half of it. */
    void half(String path, Path file) {
        when(path, exchange -> {
            byte[] content = Files.readAllBytes(file);
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, content.length / 2);
            exchange.getResponseBody().flush();
            exchange.close();
        });
    }

    /** Does not say how long the file is, and ends after half of it as if that were all. */
    void unknownHalf(String path, Path file) {
        when(path, exchange -> {
            byte[] content = Files.readAllBytes(file);
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(content, 0, content.length / 2);
            exchange.close();
        });
    }

    /** Begins, and then says nothing until the server is closed. */
    void stall(String path, Path file) {
        when(path, exchange -> {
            byte[] content = Files.readAllBytes(file);
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, content.length / 2);
            exchange.getResponseBody().flush();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
