package io.espalier.mlflow;

import io.espalier.api.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A Python of its own that holds an MLflow server; nothing else of the machine is touched.
 *
 * @param folder of the virtual environment
 */
public record Environment(Path folder) {

    /** The version that the tests run against. */
    public static final String VERSION = "3.17.2";

    /**
     * What a server with SQLite, files, registry and logins needs, in the versions that {@code mlflow} itself asks for. Its
     * other requirements are training and plotting libraries, twice as much again.
     */
    private static final List<String> REQUIREMENTS = List.of(
            "mlflow-skinny==" + VERSION, "Flask<4", "Flask-CORS<7", "Flask-WTF<2", "alembic!=1.10.0,<2", "SQLAlchemy>=1.4,<3", "aiohttp>=3.7,<4", "numpy<3",
            "pandas<4", "graphene<4");

    /** The pages; without requirements, since those are there. */
    private static final String PAGES = "mlflow==" + VERSION;

    private static final String CONTENT = String.join("\n", REQUIREMENTS) + "\n" + PAGES + "\n";
    private static final String READY = ".ready";
    private static final long SAY_EVERY_SECONDS = 10;
    private static final boolean WINDOWS = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");

    /** The user's own, made once. */
    public static Environment ofUser(Map<String, String> variables) {
        return new Environment(cache(variables).resolve("espalier").resolve("mlflow-" + VERSION));
    }

    private static Path cache(Map<String, String> variables) {
        Path home = Path.of(System.getProperty("user.home"));
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (WINDOWS) {
            return Target.variable(variables, "LOCALAPPDATA").map(Path::of).orElse(home.resolve("AppData").resolve("Local"));
        }
        Path usual = os.startsWith("mac") ? home.resolve("Library").resolve("Caches") : home.resolve(".cache");
        return Target.variable(variables, "XDG_CACHE_HOME").map(Path::of).filter(Path::isAbsolute).orElse(usual);
    }

    /** The environment's own Python. */
    Path python() {
        return WINDOWS ? folder.resolve("Scripts").resolve("python.exe") : folder.resolve("bin").resolve("python");
    }

    /**
     * Makes it, unless it is there.
     *
     * @throws InputException when there is no Python that can, or its packages cannot be had
     */
    public Environment prepare(Consumer<String> say) {
        if (isReady()) {
            return this;
        }
        try {
            Files.createDirectories(folder);
            // One at a time: a second one waits here and finds it ready.
            try (FileChannel channel = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (!isReady()) {
                    install(say);
                    Files.writeString(folder.resolve(READY), CONTENT);
                }
            }
            return this;
        } catch (IOException e) {
            throw new InputException(folder + " cannot be written (" + e.getMessage() + ")\n    make room, or look at its permissions", e);
        }
    }

    private boolean isReady() {
        try {
            Path ready = folder.resolve(READY);
            return Files.isRegularFile(ready) && Files.readString(ready).equals(CONTENT);
        } catch (IOException e) {
            return false;
        }
    }

    private void install(Consumer<String> say) throws IOException {
        String python = findPython();
        say.accept("Installing MLflow " + VERSION + " into " + folder + ", once (380 MB on disk)");
        Path log = folder.resolve("install.log");
        Files.deleteIfExists(log);
        run("Python", List.of(python, "-m", "venv", folder.toString()), log, say, "a virtual environment cannot be made",
                "install Python's module venv (on Debian and Ubuntu: apt install python3-venv)");
        pip("server", REQUIREMENTS, log, say);
        pip("pages", List.of("--no-deps", PAGES), log, say);
    }

    private void pip(String step, List<String> packages, Path log, Consumer<String> say) throws IOException {
        List<String> command = new ArrayList<>(List.of(python().toString(), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--prefer-binary"));
        command.addAll(packages);
        run(step, command, log, say, "MLflow cannot be installed", "look at the network, or at the settings of pip");
    }

    private static String findPython() {
        List<String> seen = new ArrayList<>();
        for (String name : WINDOWS ? List.of("python", "py") : List.of("python3", "python3.13", "python3.12", "python3.11", "python3.10")) {
            String version = version(name);
            if (version.matches("3\\.(1\\d|[2-9]\\d)\\b.*")) {
                return name;
            }
            if (!version.isEmpty()) {
                seen.add(name + " is " + version);
            }
        }
        throw new InputException("MLflow's server needs Python 3.10 or later, and there is none on this machine's PATH"
                + (seen.isEmpty() ? "" : " (" + String.join(", ", seen) + ")")
                + "\n    install python3 with its modules venv and pip (on Debian and Ubuntu: apt install python3-venv), or point --tracking-uri to a server elsewhere");
    }

    /** Empty when there is no such program. */
    private static String version(String name) {
        try {
            Process process = new ProcessBuilder(name, "-c", "import platform; print(platform.python_version())").redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? said : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static void run(String step, List<String> command, Path log, Consumer<String> say, String failed, String mend) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // A library path or a home of some other Python would be looked into first.
        builder.environment().keySet().removeAll(List.of("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"));
        Process process = builder.start();
        // Whoever ends this process by other means than Ctrl-C would leave it behind.
        Thread ending = new Thread(() -> stop(process), "install-stop");
        Runtime.getRuntime().addShutdownHook(ending);
        try (OutputStream nothing = process.getOutputStream()) {
            long begin = System.nanoTime();
            while (!process.waitFor(SAY_EVERY_SECONDS, TimeUnit.SECONDS)) {
                say.accept("  " + step + ", " + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin) + " s");
            }
            Runtime.getRuntime().removeShutdownHook(ending);
        } catch (InterruptedException e) {
            stop(process);
            Thread.currentThread().interrupt();
            throw new InputException("told to stop while MLflow was being installed\n    run it again to go on", e);
        }
        if (process.exitValue() != 0) {
            throw new InputException(failed + ": " + lastLine(log) + "\n    " + mend + "; all of it is in " + log);
        }
    }

    private static void stop(Process process) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }

    private static String lastLine(Path log) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> !line.isBlank()).reduce((a, b) -> b).orElse("it said nothing").strip();
        }
    }
}
