package io.espalier.mlflow;

import io.espalier.api.InputException;
import io.espalier.mlflow.Trouble.Kind;
import io.espalier.run.Run;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Brings what a run's journal says to a server: asks what the server holds, sends the rest, and counts as sent only what can be
 * read back. Used by one thread; one process at a time sends a run.
 */
final class Sender implements AutoCloseable {

    private static final String LOCK = ".mlflow.lock";

    /** What was sent since the beginning. */
    record Sent(int values, int parameters, int files) {

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%,d values of metrics, %,d parameters, %,d files", values, parameters, files);
        }
    }

    /** What a run in MLflow is known to hold. */
    private static final class Known {

        private final Map<String, Set<Point>> points = new HashMap<>();
        private final Map<String, String> parameters = new HashMap<>();
        private final Map<String, String> tags = new HashMap<>();
        private final Map<String, Content> files = new HashMap<>();
        private final Set<String> data = new HashSet<>();
        private final Set<Page.Model> models = new HashSet<>();
        private Optional<Ending> ending = Optional.empty();
        private String artifacts = "";

        boolean has(Point point) {
            return points.getOrDefault(point.key(), Set.of()).contains(point);
        }

        void take(Held held) {
            parameters.putAll(held.parameters());
            tags.putAll(held.tags());
            data.addAll(held.data());
            artifacts = held.files();
            ending = held.status().equals("RUNNING") ? Optional.empty() : Optional.of(new Ending(held.status(), held.end()));
        }
    }

    private final Path directory;
    private final Server server;
    private final Consumer<String> say;
    private final Tail tail;
    private final RunView view;
    private final FileChannel lockFile;
    private final Map<String, Known> known = new HashMap<>();
    private final Set<String> said = new HashSet<>();
    private Position position;
    private String experiment = "";
    private boolean looked;
    /** Bytes of the journal that were confirmed by this sender. */
    private long settled = -1;
    private int values;
    private int parameters;
    private int files;

    /**
     * @param start where the run stands, as far as it is known
     * @param say what is worth telling is told once
     * @throws InputException when the directory is no run
     */
    Sender(Path directory, Server server, Position start, Consumer<String> say) {
        this.directory = directory;
        this.server = server;
        this.say = say;
        this.tail = new Tail(directory.resolve("journal.jsonl"));
        this.view = new RunView(directory, Run.settingsOf(directory), key(directory));
        this.position = start;
        this.lockFile = lock(directory);
    }

    /** By which a run is found again, wherever its directory is. */
    private static String key(Path directory) {
        return new Content.OnDisk(directory.resolve("run.json"), "").digest();
    }

    private static FileChannel lock(Path directory) {
        Path file = directory.resolve(LOCK);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new Trouble(Kind.BUSY, directory + " is being sent by another process\n    wait for it");
            }
            return channel;
        } catch (IOException e) {
            throw new Trouble(Kind.REFUSED, file + " cannot be written (" + e.getMessage() + ")\n    look at its permissions", e);
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    Sent sent() {
        return new Sent(values, parameters, files);
    }

    /** Whether the run has ended and all of it was confirmed. */
    boolean isComplete() {
        return position.complete();
    }

    /** The run's page in a browser; nothing before the server has it. */
    Optional<String> page() {
        return Optional.ofNullable(position.runs().get(view.main().key()))
                .filter(id -> !experiment.isEmpty())
                .map(id -> server.target().uri() + "/#/experiments/" + experiment + "/runs/" + id);
    }

    /**
     * Sends what the journal says beyond what was sent.
     *
     * @param last whether no process is at the run any more, so that one without an end was killed
     * @throws Trouble when that was not possible; the next call goes on
     */
    void pass(boolean last) {
        tail.read().forEach(view::take);
        boolean unchanged = tail.position() == (position.complete() ? position.journal() : settled);
        if (unchanged && (position.complete() || !last)) {
            return;
        }
        if (last) {
            view.broken();
        }
        try {
            sendAll();
            settled = tail.position();
        } catch (Trouble e) {
            // Nobody knows what arrived: the server is asked anew.
            known.clear();
            looked = false;
            throw e;
        }
    }

    private void sendAll() {
        if (!looked) {
            server.look();
            experiment = server.experiment(position.experiment());
            looked = true;
        }
        List<Page> pages = view.pages();
        pages.forEach(page -> send(page, run(page)));
        // A run that MLflow shows as finished is whole there, its branches included.
        for (int i = pages.size() - 1; i >= 0; i--) {
            end(pages.get(i), position.runs().get(pages.get(i).key()));
        }
        boolean ended = view.main().ending().isPresent();
        if (ended && !Plots.areFontsThere()) {
            tell("no plots are drawn for MLflow: this machine has no fonts (on Debian and Ubuntu: apt install fontconfig fonts-dejavu-core)");
        }
        if (ended) {
            new Seeds(server, experiment, view).group();
        }
        save(position.at(tail.position(), ended && complete()));
    }

    /** Whether nothing was left out: a file that is gone, or a server that keeps no files, is. */
    private boolean complete() {
        return view.pages().stream().allMatch(page -> {
            Known there = known.get(page.key());
            return there != null && page.files().keySet().stream().allMatch(there.files::containsKey);
        });
    }

    private void save(Position now) {
        if (!now.equals(position)) {
            now.write(directory);
            position = now;
        }
    }

    /** The run in MLflow that a page belongs to; it is found or made. */
    private String run(Page page) {
        String id = position.runs().get(page.key());
        if (id != null && known.containsKey(page.key())) {
            return id;
        }
        if (id != null) {
            Optional<Held> held = server.readIfThere(id).filter(h -> h.experiment().equals(experiment) && page.key().equals(h.tags().get("espalier.run")));
            if (held.isPresent()) {
                server.requireThere(held.get());
                begin(page, id, held.get());
                return id;
            }
            // Another server under the same address, or an emptied one.
            save(Position.start(position.server(), position.experiment(), position.register()));
        }
        String found = server.find(experiment, page.key()).orElseGet(() -> server.create(experiment, page.name(), page.start(), firstTags(page)));
        save(position.withRun(page.key(), found));
        begin(page, found, server.read(found));
        if (page == view.main()) {
            tell("MLflow: " + page().orElse(""));
        }
        return found;
    }

    private Map<String, String> firstTags(Page page) {
        Map<String, String> tags = new LinkedHashMap<>(page.tags());
        if (page != view.main()) {
            tags.put("mlflow.parentRunId", position.runs().get(view.main().key()));
        }
        return tags;
    }

    /** What the server holds already is not sent again. */
    private void begin(Page page, String run, Held held) {
        Known there = new Known();
        there.take(held);
        for (Map.Entry<String, Point> latest : held.latest().entrySet()) {
            boolean single = page.points().getOrDefault(latest.getKey(), Set.of()).size() <= 1;
            there.points.put(latest.getKey(), new HashSet<>(single ? List.of(latest.getValue()) : server.history(run, latest.getKey())));
        }
        page.files().forEach((path, content) -> {
            String confirmed = position.files().get(page.key() + " " + path);
            if (confirmed != null && isThere(path, content) && confirmed.equals(content.digest())) {
                there.files.put(path, content);
            }
        });
        known.put(page.key(), there);
    }

    private void send(Page page, String run) {
        Known there = known.get(page.key());
        values(page, run, there);
        data(page, run, there);
        page.files().forEach((path, content) -> file(page, path, content, there));
        for (Page.Model model : page.models()) {
            if (!there.models.contains(model)) {
                new Models(server, experiment, run, page.key()).send(model, position.models().get(page.key() + " " + model.name()),
                        id -> save(position.withModel(page.key(), model.name(), id)));
                there.models.add(model);
            }
        }
    }

    private void values(Page page, String run, Known there) {
        List<Point> points = page.points().values().stream().flatMap(Set::stream).filter(p -> !there.has(p)).toList();
        Map<String, String> parameters = missing(page.parameters(), there.parameters);
        Map<String, String> tags = missing(page.tags(), there.tags);
        if (points.isEmpty() && parameters.isEmpty() && tags.isEmpty()) {
            return;
        }
        server.send(run, points, parameters, tags);
        confirm(page, run, there, points);
        List<String> lost = new ArrayList<>();
        points.stream().filter(p -> !there.has(p)).forEach(p -> lost.add(p.key()));
        lost.addAll(missing(parameters, there.parameters).keySet());
        lost.addAll(missing(tags, there.tags).keySet());
        if (!lost.isEmpty()) {
            throw new Trouble(Kind.LOST, "MLflow at " + server.target().uri() + " says that it took " + lost.size() + " values that it does not hold ("
                    + lost.stream().limit(5).collect(Collectors.joining(", ")) + ")\n    they are sent again");
        }
        this.values += points.size();
        this.parameters += parameters.size();
    }

    private static Map<String, String> missing(Map<String, String> wanted, Map<String, String> held) {
        Map<String, String> missing = new LinkedHashMap<>(wanted);
        missing.entrySet().removeIf(e -> e.getValue().equals(held.get(e.getKey())));
        return missing;
    }

    /** Reads back: of metrics with one value the latest is all there is. */
    private void confirm(Page page, String run, Known there, List<Point> sent) {
        Held held = server.read(run);
        there.take(held);
        for (String key : sent.stream().map(Point::key).distinct().toList()) {
            Set<Point> points = there.points.computeIfAbsent(key, k -> new HashSet<>());
            if (page.points().get(key).size() == 1) {
                Optional.ofNullable(held.latest().get(key)).ifPresent(points::add);
            } else {
                points.addAll(server.history(run, key));
            }
        }
    }

    private void data(Page page, String run, Known there) {
        List<Page.Data> missing = page.data().stream().filter(d -> !there.data.contains(d.id())).toList();
        if (missing.isEmpty()) {
            return;
        }
        server.post("the data set", "runs/log-inputs", Map.of("run_id", run, "datasets", missing.stream().map(Sender::input).toList()));
        there.take(server.read(run));
        if (!missing.stream().allMatch(d -> there.data.contains(d.id()))) {
            throw new Trouble(Kind.LOST, "MLflow at " + server.target().uri() + " does not hold the data set that it took\n    it is sent again");
        }
    }

    private static Map<String, Object> input(Page.Data data) {
        return Map.of(
                "tags", List.of(Map.of("key", "mlflow.data.context", "value", "training")),
                "dataset", Map.of(
                        "name", data.name(), "digest", data.digest(), "source_type", "local", "source", data.source(),
                        "schema", data.schema(), "profile", data.profile()));
    }

    private void file(Page page, String path, Content content, Known there) {
        if (content.equals(there.files.get(path)) || !isThere(path, content)) {
            return;
        }
        Optional<Artifacts> artifacts = Artifacts.at(there.artifacts, server.web());
        if (artifacts.isEmpty()) {
            tell("MLflow at " + server.target().uri() + " keeps the files of this experiment at " + there.artifacts
                    + ", where only clients with access to that place can write: they are not sent"
                    + "\n    start the server with --artifacts-destination and make a new experiment");
            return;
        }
        String digest = artifacts.get().send(path, content);
        there.files.put(path, content);
        save(position.withFile(page.key(), path, digest));
        files++;
    }

    private boolean isThere(String path, Content content) {
        if (content instanceof Content.OnDisk disk && !disk.isThere()) {
            tell(disk.file() + " is not there any more, so MLflow does not get " + path);
            return false;
        }
        return true;
    }

    private void end(Page page, String run) {
        Known there = known.get(page.key());
        if (page.ending().equals(there.ending)) {
            return;
        }
        if (page.ending().isEmpty()) {
            server.reopen(run);
        } else {
            if (page == view.main() && !position.register().isEmpty() && page.ending().get().status().equals("FINISHED")) {
                register(page, run);
            }
            server.end(run, page.ending().get());
        }
        Held held = server.read(run);
        there.take(held);
        // A server may keep the old end of a run that goes on.
        boolean same = page.ending().isPresent() ? page.ending().equals(there.ending) : there.ending.isEmpty();
        if (!same) {
            throw new Trouble(Kind.LOST, "MLflow at " + server.target().uri() + " says " + held.status() + " of a run that is "
                    + page.ending().map(Ending::status).orElse("RUNNING") + "\n    it is told again");
        }
    }

    private void register(Page page, String run) {
        List<Page.Model> models = page.models();
        if (models.isEmpty()) {
            tell("nothing was exported, so there is nothing to register as " + position.register() + " (stage:export writes what can be)");
            return;
        }
        Page.Model model = models.get(models.size() - 1);
        String id = position.models().get(page.key() + " " + model.name());
        String version = new Registry(server).register(position.register(), run, page.key() + "/" + model.name(), id);
        tell("MLflow: " + model.name() + " is version " + version + " of the model " + position.register() + ", alias " + Registry.ALIAS);
    }

    private void tell(String line) {
        if (said.add(line)) {
            say.accept(line);
        }
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            // The lock goes with the process.
            tell(directory.resolve(LOCK) + " could not be closed: " + e.getMessage());
        }
    }
}
