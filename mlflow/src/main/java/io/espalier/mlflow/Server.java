package io.espalier.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.mlflow.Trouble.Kind;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.mlflow.api.proto.Service;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;
import org.mlflow.tracking.MlflowHttpException;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;

/**
 * A tracking server, by MLflow's Java client. Used by one thread. Every failure is a {@link Trouble}.
 *
 * <p>The client has no time limit, cannot be interrupted, and an answer 429 leaves it waiting for ever for its own
 * connections. So each call is made by a thread of its own; when it takes too long, both are given up, and closing the client
 * ends its connections. The client also takes a page of HTML or an answer 308 for success: {@link #look} tells these, and what
 * was sent must be read back.
 */
final class Server implements AutoCloseable {

    /** Most values that a batch takes. */
    private static final int MOST_METRICS = 1000;
    private static final int MOST_PARAMETERS = 100;
    private static final int MOST_TAGS = 100;
    private static final int PAGE = 20_000;
    private static final String RUN_TAG = "espalier.run";
    /** The HTTP client within MLflow's writes to standard error by Java's own logging. What matters is said as a trouble. */
    private static final Logger HTTP_LOG = Logger.getLogger("org.mlflow_project.apachehttp");

    static {
        HTTP_LOG.setLevel(Level.OFF);
    }

    private final Target target;
    private final Web web;
    private final AtomicLong progress = new AtomicLong();
    private MlflowClient client;
    private ExecutorService caller;

    Server(Target target) {
        this.target = target;
        this.web = new Web(target, progress::addAndGet);
        begin();
    }

    private void begin() {
        Target.Login login = target.login();
        String user = login instanceof Target.Login.Password known ? known.user() : null;
        String password = login instanceof Target.Login.Password known ? known.password() : null;
        String token = login instanceof Target.Login.Token holder ? holder.token() : null;
        client = new MlflowClient(new BasicMlflowHostCreds(target.uri().toString(), user, password, token, target.insecure()));
        caller = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "mlflow-call");
            thread.setDaemon(true);
            return thread;
        });
    }

    private void giveUp() {
        caller.shutdownNow();
        client.close();
    }

    private void renew() {
        giveUp();
        begin();
    }

    Target target() {
        return target;
    }

    Web web() {
        return web;
    }

    /** Grows with everything that was done: who waits sees whether it goes on. */
    long progress() {
        return progress.get();
    }

    /** Whether what answers is an MLflow server that takes this login; asked before anything is sent. */
    void look() {
        Web.Answer answer = web.get("/api/2.0/mlflow/experiments/search?max_results=1");
        if (answer.status() / 100 == 3) {
            throw Words.redirected(target, answer.location().orElse("somewhere"));
        }
        if (answer.status() == 404) {
            throw Words.otherServer(target, "it knows no /api/2.0/mlflow");
        }
        if (answer.status() != 200) {
            throw Words.of(target, answer.status(), "a look at its experiments", answer.text());
        }
        if (!answer.isJson()) {
            throw Words.otherServer(target, "it answers with " + (answer.type().isEmpty() ? "something" : answer.type()) + " instead of JSON");
        }
        progress.incrementAndGet();
    }

    private <T> T call(String what, Function<MlflowClient, T> operation) {
        var future = caller.submit(() -> operation.apply(client));
        try {
            T result = future.get(target.patience().toMillis(), TimeUnit.MILLISECONDS);
            progress.incrementAndGet();
            return result;
        } catch (TimeoutException e) {
            renew();
            throw Words.slow(target, target.patience());
        } catch (InterruptedException e) {
            renew();
            Thread.currentThread().interrupt();
            throw new Trouble(Kind.STOPPED, "told to stop", e);
        } catch (ExecutionException e) {
            renew();
            throw trouble(what, e.getCause());
        }
    }

    private Trouble trouble(String what, Throwable cause) {
        String message = target.discretion().apply(String.valueOf(cause.getMessage()));
        if (cause instanceof MlflowHttpException answer) {
            return Words.of(target, answer.getStatusCode(), what, target.discretion().apply(String.valueOf(answer.getBodyMessage())));
        }
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        if (root instanceof java.io.IOException && !(root instanceof JsonProcessingException)) {
            return Words.unreachable(target, root instanceof javax.net.ssl.SSLException, root.getClass().getSimpleName() + ": " + target.discretion().apply(String.valueOf(root.getMessage())));
        }
        if (cause instanceof MlflowClientException || cause.getClass().getName().contains("protobuf")) {
            return Words.otherServer(target, message);
        }
        return new Trouble(Kind.FAILING, "MLflow at " + target.uri() + ": " + what + " failed: " + message, cause);
    }

    /** JSON that the client hands through. An answer that is no object of JSON is no answer of MLflow. */
    private JsonNode json(String what, Function<MlflowClient, String> operation) {
        String text = call(what, operation);
        try {
            JsonNode node = Json.MAPPER.readTree(text == null || text.isBlank() ? "{}" : text);
            if (node == null || !node.isObject()) {
                throw Words.otherServer(target, "it answers with " + text);
            }
            return node;
        } catch (JsonProcessingException e) {
            throw Words.otherServer(target, "it answers with " + target.discretion().apply(text));
        }
    }

    JsonNode get(String what, String path) {
        return json(what, c -> c.sendGet(path));
    }

    JsonNode post(String what, String path, Object body) {
        return json(what, c -> c.sendPost(path, Json.text(body)));
    }

    JsonNode patch(String what, String path, Object body) {
        return json(what, c -> c.sendPatch(path, Json.text(body)));
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The experiment's id; it is made if it is not there. */
    String experiment(String name) {
        Optional<Service.Experiment> found = named(name);
        if (found.isPresent()) {
            if (found.get().getLifecycleStage().equals("deleted")) {
                throw new Trouble(Kind.DELETED, "the experiment '" + name + "' was deleted in MLflow at " + target.uri()
                        + "\n    restore it there, or name another with --experiment or " + Target.EXPERIMENT_VARIABLE);
            }
            return found.get().getExperimentId();
        }
        try {
            // Else the pages open with what is for language models.
            Service.ExperimentTag kind = Service.ExperimentTag.newBuilder().setKey("mlflow.experimentKind").setValue("custom_model_development").build();
            Service.CreateExperiment wanted = Service.CreateExperiment.newBuilder().setName(name).addTags(kind).build();
            return required(call("a new experiment " + name, c -> c.createExperiment(wanted)), "experiment");
        } catch (Trouble e) {
            // Somebody else made it just now, or it is one that a search does not show to this user.
            return call("the experiment " + name, c -> c.getExperimentByName(name)).orElseThrow(() -> e).getExperimentId();
        }
    }

    /** Asked for by its name, the client takes it for a failure that there is none, and asks three times. */
    private Optional<Service.Experiment> named(String name) {
        String filter = "name = '" + name.replace("'", "''") + "'";
        return call("the experiment " + name, c -> c.searchExperiments(filter, Service.ViewType.ALL, 1, List.of())).getItems().stream().findFirst();
    }

    private String required(String id, String what) {
        if (id == null || id.isEmpty()) {
            throw Words.otherServer(target, "it made a new " + what + " without an id");
        }
        return id;
    }

    /** The run that has a key, if the experiment has one. */
    Optional<String> find(String experiment, String key) {
        return tagged(experiment, RUN_TAG, key).stream().findFirst().map(run -> {
            requireThere(Held.of(run));
            return run.at("/info/run_id").asText();
        });
    }

    /** What the user deleted is not made again behind his back. */
    void requireThere(Held held) {
        if (held.deleted()) {
            throw new Trouble(Kind.DELETED, "this run was deleted in MLflow at " + target.uri()
                    + "\n    restore it there, or send it to another experiment with --experiment");
        }
    }

    /** Runs with a tag, deleted ones too, oldest first. */
    List<JsonNode> tagged(String experiment, String tag, String value) {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("experiment_ids", List.of(experiment));
        wanted.put("filter", "tags.`" + tag + "` = '" + value.replace("'", "''") + "'");
        wanted.put("run_view_type", "ALL");
        wanted.put("order_by", List.of("attributes.start_time ASC"));
        wanted.put("max_results", 1000);
        JsonNode answer = post("a search for runs", "runs/search", wanted);
        List<JsonNode> runs = new ArrayList<>();
        answer.path("runs").forEach(runs::add);
        return runs;
    }

    /** A new run; {@code tags} hold its key. */
    String create(String experiment, String name, long start, Map<String, String> tags) {
        Service.CreateRun.Builder wanted = Service.CreateRun.newBuilder().setExperimentId(experiment).setRunName(name).setStartTime(start);
        Optional.ofNullable(tags.get("mlflow.user")).ifPresent(wanted::setUserId);
        tags.forEach((key, value) -> wanted.addTags(tag(key, value)));
        return required(call("a new run", c -> c.createRun(wanted.build())).getRunId(), "run");
    }

    private static Service.RunTag tag(String key, String value) {
        return Service.RunTag.newBuilder().setKey(key).setValue(value).build();
    }

    /** Sends values in as few calls as the server's limits allow. */
    void send(String run, List<Point> points, Map<String, String> parameters, Map<String, String> tags) {
        List<Map.Entry<String, String>> p = List.copyOf(parameters.entrySet());
        List<Map.Entry<String, String>> t = List.copyOf(tags.entrySet());
        int most = MOST_METRICS - MOST_PARAMETERS - MOST_TAGS;
        for (int m = 0, i = 0, j = 0; m < points.size() || i < p.size() || j < t.size(); ) {
            int nextI = Math.min(p.size(), i + MOST_PARAMETERS);
            int nextJ = Math.min(t.size(), j + MOST_TAGS);
            int nextM = Math.min(points.size(), m + (nextI == i && nextJ == j ? MOST_METRICS : most));
            var metrics = points.subList(m, nextM).stream().map(Point::metric).toList();
            var params = p.subList(i, nextI).stream().map(e -> Service.Param.newBuilder().setKey(e.getKey()).setValue(e.getValue()).build()).toList();
            var runTags = t.subList(j, nextJ).stream().map(e -> tag(e.getKey(), e.getValue())).toList();
            call("values of a run", c -> {
                c.logBatch(run, metrics, params, runTags);
                return true;
            });
            m = nextM;
            i = nextI;
            j = nextJ;
        }
    }

    /** What the server holds of a run but for the history of its metrics. */
    Held read(String run) {
        JsonNode node = get("a run", "runs/get?run_id=" + encoded(run)).path("run");
        if (node.at("/info/run_id").asText().isEmpty()) {
            throw Words.otherServer(target, "it answers without the run that it was asked for");
        }
        return Held.of(node);
    }

    /** Whether there is such a run. */
    Optional<Held> readIfThere(String run) {
        try {
            return Optional.of(read(run));
        } catch (Trouble e) {
            if (e.kind() == Kind.REFUSED && e.getMessage().contains("(status 404)")) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Every point of a metric. */
    List<Point> history(String run, String metric) {
        List<Point> points = new ArrayList<>();
        String next = "";
        do {
            String path = "metrics/get-history?run_id=" + encoded(run) + "&metric_key=" + encoded(metric) + "&max_results=" + PAGE
                    + (next.isEmpty() ? "" : "&page_token=" + encoded(next));
            JsonNode answer = get("the metric " + metric, path);
            answer.path("metrics").forEach(m -> points.add(Point.of(m)));
            next = answer.path("next_page_token").asText("");
        } while (!next.isEmpty());
        return points;
    }

    /** Says how a run ended. */
    void end(String run, Ending ending) {
        call("the end of a run", c -> {
            c.setTerminated(run, Service.RunStatus.valueOf(ending.status()), ending.time());
            return true;
        });
    }

    /** Says that a run goes on after all. */
    void reopen(String run) {
        post("a run that goes on", "runs/update", Map.of("run_id", run, "status", "RUNNING"));
    }

    @Override
    public void close() {
        giveUp();
    }
}
