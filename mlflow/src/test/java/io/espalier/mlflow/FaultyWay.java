package io.espalier.mlflow;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Stands between client and server and does to each request what a test wants. One request a connection. */
final class FaultyWay implements AutoCloseable {

    /** What becomes of a request. */
    enum Fault {
        NONE,
        /** The connection is closed before anything is read. */
        CLOSED,
        /** The request is read, and nothing ever answered. */
        SILENT,
        /** The server does as it is told, and the answer is lost on the way. */
        ANSWER_LOST,
        /** Half an answer, then nothing. */
        HALF_CLOSED,
        FAILS_500,
        BUSY_429,
        MOVED_308,
        PAGE_OF_HTML
    }

    private final URI upstream;
    private final String prefix;
    private final ServerSocket socket;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "faulty-way");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile IntFunction<Fault> faults = n -> Fault.NONE;

    private FaultyWay(URI upstream, String prefix) throws IOException {
        this.upstream = upstream;
        this.prefix = prefix;
        this.socket = new ServerSocket();
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        threads.submit(this::accept);
    }

    static FaultyWay to(String upstream) {
        return to(upstream, "");
    }

    /** @param prefix of the path, which the server does not see */
    static FaultyWay to(String upstream, String prefix) {
        try {
            return new FaultyWay(URI.create(upstream), prefix);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String uri() {
        return "http://127.0.0.1:" + socket.getLocalPort() + prefix;
    }

    FaultyWay with(Fault fault) {
        return with(n -> fault);
    }

    /** @param choice of a fault by the number of the request, from 1 */
    FaultyWay with(IntFunction<Fault> choice) {
        faults = choice;
        return this;
    }

    /** So many came so far. */
    int requests() {
        return requests.get();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                open.add(client);
                threads.submit(() -> serve(client));
            } catch (IOException e) {
                // The test is over.
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            byte[] head = head(in);
            if (head.length == 0) {
                return;
            }
            Fault fault = faults.apply(requests.incrementAndGet());
            switch (fault) {
                case NONE -> forward(head, in, client.getOutputStream());
                case ANSWER_LOST -> forward(head, in, OutputStream.nullOutputStream());
                case CLOSED -> {}
                case SILENT -> in.transferTo(OutputStream.nullOutputStream());
                case HALF_CLOSED -> answer(client, in, head, "200 OK", "Content-Type: application/json\r\nContent-Length: 5000", "{\"run\": {\"info\": ");
                case FAILS_500 -> answer(client, in, head, "500 Internal Server Error", "Content-Type: application/json", "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"boom\"}");
                case BUSY_429 -> answer(client, in, head, "429 Too Many Requests", "Content-Type: text/plain", "later");
                case MOVED_308 -> answer(client, in, head, "308 Permanent Redirect", "Location: http://127.0.0.1:1/elsewhere", "");
                case PAGE_OF_HTML -> answer(client, in, head, "200 OK", "Content-Type: text/html", "<html><body>Sign in</body></html>");
            }
        } catch (IOException e) {
            // One of the two hung up; that is what happens on such a way.
        } finally {
            open.remove(client);
        }
    }

    private static byte[] head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int last = 0;
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.write(b);
            last = last << 8 | b;
            if (last == 0x0d0a0d0a) {
                return head.toByteArray();
            }
        }
        return new byte[0];
    }

    private static String field(byte[] head, String name) {
        for (String line : new String(head, StandardCharsets.ISO_8859_1).split("\r\n")) {
            if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "";
    }

    private static long length(byte[] head) {
        String length = field(head, "Content-Length");
        return length.isEmpty() ? 0 : Long.parseLong(length);
    }

    private static void copy(InputStream in, OutputStream out, long bytes) throws IOException {
        byte[] buffer = new byte[1 << 16];
        for (long left = bytes; left > 0; ) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                return;
            }
            out.write(buffer, 0, read);
            left -= read;
        }
        out.flush();
    }

    private static void answer(Socket client, InputStream in, byte[] head, String status, String fields, String body) throws IOException {
        copy(in, OutputStream.nullOutputStream(), length(head));
        String length = fields.contains("Content-Length") ? "" : "Content-Length: " + body.length() + "\r\n";
        client.getOutputStream().write(("HTTP/1.1 " + status + "\r\n" + fields + "\r\n" + length + "Connection: close\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
    }

    private void forward(byte[] head, InputStream in, OutputStream back) throws IOException {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        String first = text.substring(0, text.indexOf("\r\n"));
        String rest = text.substring(first.length() + 2)
                .replaceAll("(?im)^(connection|host|upgrade|http2-settings|expect):[^\r]*\r\n", "");
        String line = first.replaceFirst(" " + prefix + "/", " /");
        try (Socket server = new Socket(upstream.getHost(), upstream.getPort())) {
            OutputStream out = server.getOutputStream();
            out.write((line + "\r\nHost: " + upstream.getAuthority() + "\r\nConnection: close\r\n" + rest).getBytes(StandardCharsets.ISO_8859_1));
            copy(in, out, length(head));
            server.getInputStream().transferTo(back);
            back.flush();
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
            for (Socket client : open) {
                client.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.shutdownNow();
    }
}
