package io.espalier.mlflow;

import io.espalier.api.InputException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A tracking server and how to reach it.
 *
 * @param uri without user, password and last slash; a prefix of the path stays
 * @param login what the server wants to see
 * @param insecure whether any certificate is taken
 * @param patience longest time of one call
 */
public record Target(URI uri, Login login, boolean insecure, Duration patience) {

    /** Address of the server, as MLflow's own clients read it. */
    public static final String URI_VARIABLE = "MLFLOW_TRACKING_URI";
    /** Name of the experiment. */
    public static final String EXPERIMENT_VARIABLE = "MLFLOW_EXPERIMENT_NAME";

    private static final String USER_VARIABLE = "MLFLOW_TRACKING_USERNAME";
    private static final String PASSWORD_VARIABLE = "MLFLOW_TRACKING_PASSWORD";
    private static final String TOKEN_VARIABLE = "MLFLOW_TRACKING_TOKEN";
    private static final String INSECURE_VARIABLE = "MLFLOW_TRACKING_INSECURE_TLS";
    private static final String PATIENCE_VARIABLE = "MLFLOW_HTTP_REQUEST_TIMEOUT";
    private static final String MEND = "\n    write http://HOST:PORT or https://HOST/PREFIX; `./espalier mlflow serve` starts a server of your own";

    /** As MLflow's Python client has it. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** Who calls. */
    public sealed interface Login {

        /** Nobody in particular. */
        record Anonymous() implements Login {}

        /** A user with a password. */
        record Password(String user, String password) implements Login {

            @Override
            public String toString() {
                return user + ":***";
            }
        }

        /** Whoever holds the token. */
        record Token(String token) implements Login {

            @Override
            public String toString() {
                return "***";
            }
        }
    }

    /**
     * The server that the user wants.
     *
     * @param given by {@code --tracking-uri}; goes before the environment
     * @param environment variables by name
     * @return nothing when no server is named
     * @throws InputException when the address is none; the message holds no password
     */
    public static Optional<Target> of(Optional<String> given, Map<String, String> environment) {
        Optional<String> text = given.or(() -> variable(environment, URI_VARIABLE));
        return text.map(address -> of(address, given.isPresent() ? "--tracking-uri" : URI_VARIABLE, environment));
    }

    private static Target of(String address, String from, Map<String, String> environment) {
        String shown = withoutLogin(address);
        URI uri;
        try {
            uri = new URI(shown.strip());
        } catch (URISyntaxException e) {
            throw new InputException(from + "=" + shown + " is no address (" + e.getReason() + ")" + MEND, e);
        }
        if (uri.getScheme() == null || !uri.getScheme().matches("(?i)https?") || uri.getHost() == null) {
            throw new InputException(from + "=" + shown + " is no address of an MLflow server" + MEND);
        }
        if (uri.getQuery() != null || uri.getFragment() != null) {
            throw new InputException(from + "=" + shown + " has more than an address: neither '?' nor '#' may be in it" + MEND);
        }
        return new Target(
                URI.create(uri.toString().replaceAll("/+$", "")),
                login(address, environment),
                variable(environment, INSECURE_VARIABLE).filter(value -> value.equalsIgnoreCase("true") || value.equals("1")).isPresent(),
                variable(environment, PATIENCE_VARIABLE).map(Target::seconds).orElse(PATIENCE));
    }

    private static Duration seconds(String text) {
        if (!text.matches("[1-9]\\d{0,5}")) {
            throw new InputException(PATIENCE_VARIABLE + "=" + text + " is no number of seconds\n    write a whole number of at least 1");
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }

    /** A variable that is set to nothing is not set. */
    static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    private static Login login(String address, Map<String, String> environment) {
        Optional<String> within = userInfo(address);
        Optional<String> user = within.map(info -> decoded(info.replaceFirst(":.*", ""))).or(() -> variable(environment, USER_VARIABLE));
        if (user.isPresent()) {
            String password = within.map(info -> info.contains(":") ? decoded(info.replaceFirst("^[^:]*:", "")) : "")
                    .or(() -> variable(environment, PASSWORD_VARIABLE))
                    .orElse("");
            return new Login.Password(user.get(), password);
        }
        return variable(environment, TOKEN_VARIABLE).<Login>map(Login.Token::new).orElseGet(Login.Anonymous::new);
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // A password with a bare percent sign stands for itself.
            return text;
        }
    }

    /** What stands before the last {@code @} of the authority. */
    private static Optional<String> userInfo(String address) {
        int start = address.indexOf("://");
        int end = start < 0 ? -1 : endOfLogin(address, start + 3);
        return end < 0 ? Optional.empty() : Optional.of(address.substring(start + 3, end));
    }

    /** A password may hold a slash that nobody encoded: then it is the last {@code @} of all that ends it. */
    private static int endOfLogin(String address, int from) {
        int slash = address.indexOf('/', from);
        int at = address.lastIndexOf('@', slash < 0 ? address.length() : slash);
        int last = address.lastIndexOf('@');
        return at >= from ? at : last >= from ? last : -1;
    }

    private static String withoutLogin(String address) {
        int start = address.indexOf("://");
        if (start < 0) {
            return address.substring(address.lastIndexOf('@') + 1);
        }
        int end = endOfLogin(address, start + 3);
        return end < 0 ? address : address.substring(0, start + 3) + address.substring(end + 1);
    }

    /** What the {@code Authorization} header says. */
    Optional<String> authorization() {
        if (login instanceof Login.Password known) {
            String pair = known.user() + ":" + known.password();
            return Optional.of("Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        }
        return login instanceof Login.Token holder ? Optional.of("Bearer " + holder.token()) : Optional.empty();
    }

    /** Takes password and token out of what others say. */
    UnaryOperator<String> discretion() {
        String secret = login instanceof Login.Password known ? known.password() : login instanceof Login.Token holder ? holder.token() : "";
        return text -> secret.isEmpty() || text == null ? text : text.replace(secret, "***");
    }
}
