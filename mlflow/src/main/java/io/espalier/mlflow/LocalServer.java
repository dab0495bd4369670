package io.espalier.mlflow;

import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An MLflow server as a process of this machine: on its loopback address only, with SQLite and files in one folder. */
public final class LocalServer implements AutoCloseable {

    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration START = Duration.ofSeconds(180);
    private static final Duration STOP = Duration.ofSeconds(10);
    private static final String LOG = "server.log";

    private final Process process;
    private final URI uri;
    private final Path log;

    private LocalServer(Process process, URI uri, Path log) {
        this.process = process;
        this.uri = uri;
        this.log = log;
    }

    /**
     * Starts a server and waits until it answers.
     *
     * @param folder of its database, files and log; it is made
     * @param port of the loopback address; 0: any that is free
     * @param more arguments for {@code mlflow server}
     * @param variables of its environment, besides those of this process
     * @throws InputException when the port is taken or the folder cannot be written
     * @throws RunFailedException when it does not come up
     */
    public static LocalServer start(Environment environment, Path folder, int port, List<String> more, Map<String, String> variables) {
        Path home = folder.toAbsolutePath().normalize();
        try {
            Files.createDirectories(home.resolve("artifacts"));
            int chosen = free(port);
            LocalServer server = launch(environment, home, chosen, more, variables);
            server.awaitHealth();
            return server;
        } catch (IOException e) {
            throw new InputException(home + " cannot be used (" + e.getMessage() + ")\n    choose another folder with --folder", e);
        }
    }

    private static int free(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(LOOPBACK), port));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new InputException("port " + port + " of this machine is taken (" + e.getMessage() + ")\n    choose another with --port", e);
        }
    }

    private static LocalServer launch(Environment environment, Path home, int port, List<String> more, Map<String, String> variables) throws IOException {
        Path log = home.resolve(LOG);
        List<String> command = new ArrayList<>(List.of(
                environment.python().toString(), "-m", "mlflow", "server",
                "--backend-store-uri", "sqlite:///" + home.resolve("mlflow.db").toString().replace('\\', '/'),
                "--artifacts-destination", home.resolve("artifacts").toUri().toString(),
                "--host", LOOPBACK, "--port", Integer.toString(port), "--workers", "1"));
        command.addAll(more);
        ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // Settings for clients and of other servers would be taken for its own.
        builder.environment().keySet().removeIf(name -> name.startsWith("MLFLOW_") || name.equals("PYTHONHOME") || name.equals("PYTHONPATH"));
        builder.environment().put("MLFLOW_DISABLE_TELEMETRY", "true");
        builder.environment().put("DO_NOT_TRACK", "true");
        // Jobs serve what Espalier does not use, and take as much memory again.
        builder.environment().put("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
        builder.environment().putAll(variables);
        Process process = builder.start();
        process.getOutputStream().close();
        return new LocalServer(process, URI.create("http://" + LOOPBACK + ":" + port), log);
    }

    private void awaitHealth() {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(2)).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri + "/health")).timeout(Duration.ofSeconds(5)).build();
        long begin = System.nanoTime();
        while (!isHealthy(client, request)) {
            if (!process.isAlive()) {
                throw new RunFailedException("MLflow's server ended while it started: " + lastLine() + "\n    all that it said is in " + log);
            }
            if (System.nanoTime() - begin > START.toNanos()) {
                close();
                throw new RunFailedException("MLflow's server does not answer at " + uri + " after " + START.toSeconds() + " s\n    what it said is in " + log);
            }
            pause();
        }
    }

    private void pause() {
        try {
            Thread.sleep(300);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new RunFailedException("told to stop while MLflow's server started\n    start it again", e);
        }
    }

    private static boolean isHealthy(HttpClient client, HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200;
        } catch (IOException e) {
            // Nobody listens yet.
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String lastLine() {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> !line.isBlank()).reduce((a, b) -> b).orElse("it said nothing").strip();
        } catch (IOException e) {
            return "what it said cannot be read (" + e.getMessage() + ")";
        }
    }

    /** Where it is. */
    public URI uri() {
        return uri;
    }

    /** Its process. */
    public ProcessHandle process() {
        return process.toHandle();
    }

    /** Waits until it ends by itself, or is closed by another thread. */
    public int awaitEnd() throws InterruptedException {
        return process.waitFor();
    }

    /** What it wrote. */
    public Path log() {
        return log;
    }

    /** Ends it and the processes that it started: first asked, then made to. */
    @Override
    public void close() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        process.destroy();
        try {
            if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
    }
}
