package io.espalier.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.espalier.mlflow.Trouble.Kind;
import java.time.Duration;
import java.util.Locale;

/** What is said when the server does not do as it should: the address, what was seen, and the mend. No secret. */
final class Words {

    private static final int BRIEF = 300;

    private Words() {}

    static Trouble unreachable(Target target, boolean tls, String reason) {
        String mend = tls
                ? "its certificate is not trusted: import it into Java's trust store, or set MLFLOW_TRACKING_INSECURE_TLS=true to take any"
                : "start it (`./espalier mlflow serve` starts one of your own), or mend the address";
        return new Trouble(Kind.UNREACHABLE, "MLflow at " + target.uri() + " cannot be reached (" + reason + ")\n    " + mend);
    }

    static Trouble slow(Target target, Duration waited) {
        return new Trouble(Kind.SLOW, "MLflow at " + target.uri() + " did not answer within " + waited.toSeconds()
                + " s\n    look at the server; MLFLOW_HTTP_REQUEST_TIMEOUT sets how many seconds are waited");
    }

    static Trouble otherServer(Target target, String seen) {
        return new Trouble(Kind.OTHER_SERVER, "what answers at " + target.uri() + " is no MLflow server: " + brief(seen)
                + "\n    mend the address; behind a proxy it must hold the whole prefix");
    }

    static Trouble redirected(Target target, String to) {
        return new Trouble(Kind.OTHER_SERVER, "the server at " + target.uri() + " sends its callers on to " + brief(to) + "\n    give that address, up to and without /api");
    }

    /** For an answer that is not 200. */
    static Trouble of(Target target, int status, String what, String body) {
        String seen = brief(message(body));
        String server = "MLflow at " + target.uri();
        return switch (status) {
            case 401 -> new Trouble(Kind.LOGIN, server + " refuses the login (" + login(target) + ")"
                    + "\n    set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, to what it knows");
            case 403 -> new Trouble(Kind.PERMISSION, server + " does not permit this (" + login(target) + "): " + what + ": " + seen
                    + "\n    ask who runs it for the permission EDIT on the experiment, or choose another with --experiment");
            case 301, 302, 303, 307, 308 -> new Trouble(Kind.OTHER_SERVER, "the server at " + target.uri() + " sends its callers elsewhere (status " + status
                    + ")\n    give the address that it means");
            case 429 -> new Trouble(Kind.FAILING, server + " has too much to do (status 429)\n    it is asked again later");
            default -> status >= 500
                    ? new Trouble(Kind.FAILING, server + " failed (status " + status + "): " + seen + "\n    look at its log")
                    : new Trouble(Kind.REFUSED, server + " refuses " + what + " (status " + status + "): " + seen);
        };
    }

    private static String login(Target target) {
        return target.login() instanceof Target.Login.Password known
                ? "user " + known.user()
                : target.login() instanceof Target.Login.Token ? "by token" : "nobody is named";
    }

    /** MLflow's own words within an answer. */
    static String message(String body) {
        try {
            JsonNode node = Json.MAPPER.readTree(body == null ? "" : body);
            return node != null && node.hasNonNull("message") ? node.get("message").asText() : String.valueOf(body);
        } catch (JsonProcessingException e) {
            return body;
        }
    }

    private static String brief(String text) {
        String line = text == null ? "" : text.replaceAll("\\s+", " ").strip();
        return line.length() <= BRIEF ? line : String.format(Locale.ROOT, "%s… (%,d characters)", line.substring(0, BRIEF), line.length());
    }
}
