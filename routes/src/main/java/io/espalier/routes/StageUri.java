package io.espalier.routes;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.camel.util.URISupport;
import org.apache.camel.util.UnsafeUriCharactersEncoder;

/**
 * An address {@code stage:NAME?option=value&…}, read by the same functions of Camel, in the same order, as Camel reads it
 * when it makes an endpoint, so that what was checked is what runs.
 *
 * @param stage name of the stage
 * @param options by name
 */
record StageUri(String stage, Map<String, String> options) {

    static final String SCHEME = "stage";

    static boolean is(String uri) {
        return uri.startsWith(SCHEME + ":");
    }

    /** @throws URISyntaxException when it is no address */
    static StageUri parse(String uri) throws URISyntaxException {
        String normal = URISupport.normalizeUri(uri);
        URI parsed = new URI(UnsafeUriCharactersEncoder.encode(normal));
        Map<String, Object> parameters = URISupport.parseParameters(parsed);
        URISupport.resolveRawParameterValues(parameters);
        return new StageUri(URISupport.extractRemainderPath(parsed, false), texts(parameters));
    }

    /** Parameters as Camel hands them to a component, as text. */
    static Map<String, String> texts(Map<String, Object> parameters) {
        Map<String, String> texts = new LinkedHashMap<>();
        parameters.forEach((name, value) -> texts.put(name, String.valueOf(value)));
        return texts;
    }
}
