package io.espalier.routes;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.camel.Exchange;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.component.properties.PropertiesComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;

/** A Camel context that holds one pipeline, ready to run. */
public final class PipelineContext implements AutoCloseable {

    private final Pipeline pipeline;
    private final DefaultCamelContext camel;

    private PipelineContext(Pipeline pipeline, DefaultCamelContext camel) {
        this.pipeline = pipeline;
        this.camel = camel;
    }

    /**
     * Loads a pipeline's routes and starts them; nothing runs yet.
     *
     * @throws InputException when Camel refuses the routes
     */
    public static PipelineContext open(Pipeline pipeline, Binder binder, Performer performer) {
        DefaultCamelContext camel = new DefaultCamelContext(false);
        PipelineContext context = new PipelineContext(pipeline, camel);
        try {
            context.start(binder, performer);
            return context;
        } catch (Exception e) {
            context.close();
            throw refused(pipeline, e);
        }
    }

    private void start(Binder binder, Performer performer) throws Exception {
        camel.getShutdownStrategy().setTimeout(1);
        onlyParameters((PropertiesComponent) camel.getPropertiesComponent());
        NavigableMap<Integer, String> places = places();
        camel.addComponent(StageUri.SCHEME, new StageComponent(binder, performer, step -> Optional.ofNullable(places.ceilingEntry(line(step))).map(Map.Entry::getValue).orElse(step)));
        camel.getRegistry().bind(BestBranch.NAME, new BestBranch());
        camel.build();
        Resource text = ResourceHelper.fromString(pipeline.source().name() + PipelineSource.SUFFIX, pipeline.source().text());
        for (RoutesBuilder routes : PluginHelper.getRoutesLoader(camel).findRoutesBuilders(text)) {
            camel.addRoutes(routes);
        }
        camel.start();
    }

    /** By default the environment and system properties win over what is set here: {{path}} would give PATH. */
    private void onlyParameters(PropertiesComponent properties) {
        properties.setEnvironmentVariableMode(PropertiesComponent.ENVIRONMENT_VARIABLES_MODE_NEVER);
        properties.setSystemPropertiesMode(PropertiesComponent.SYSTEM_PROPERTIES_MODE_NEVER);
        properties.setAutoDiscoverPropertiesSources(false);
        Properties given = new Properties();
        given.putAll(pipeline.parameters());
        properties.setOverrideProperties(given);
    }

    /**
     * Places of the stages by line. Camel knows no more of a step than {@code FILE:LINE}, and that is the line of {@code to},
     * below which the stage's address may stand.
     */
    private NavigableMap<Integer, String> places() {
        NavigableMap<Integer, String> places = new TreeMap<>();
        pipeline.stages().forEach(stage -> places.putIfAbsent(stage.place().line(), stage.place().toString()));
        return places;
    }

    private static int line(String step) {
        String digits = step.substring(step.lastIndexOf(':') + 1);
        return digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : 0;
    }

    /**
     * Runs the pipeline.
     *
     * @return the candidate at its end, and the variables set by then
     * @throws InputException when what the user gave was wrong
     * @throws RunFailedException when the run could not go on
     */
    public Outcome run() {
        Exchange exchange = camel.createProducerTemplate().send(pipeline.start(), empty -> {});
        if (exchange.getException() != null) {
            throw failure(exchange.getException());
        }
        Object body = exchange.getMessage().getBody();
        return new Outcome(body instanceof Candidate candidate ? candidate : Candidate.none(), new HashMap<>(exchange.getVariables()));
    }

    /**
     * What a pipeline came to.
     *
     * @param candidate at its end; none if no stage left one
     * @param variables of the exchange
     */
    public record Outcome(Candidate candidate, Map<String, Object> variables) {}

    private static RuntimeException failure(Exception exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof InputException || cause instanceof RunFailedException) {
                return (RuntimeException) cause;
            }
        }
        if (exception.getCause() instanceof Error error) {
            throw error;
        }
        return exception instanceof RuntimeException unexpected ? unexpected : new IllegalStateException(exception.getMessage(), exception);
    }

    /** Camel's own message names line and caret; only its wrapping is taken off. */
    private static RuntimeException refused(Pipeline pipeline, Exception exception) {
        RuntimeException ours = failure(exception);
        if (ours instanceof InputException) {
            return ours;
        }
        Throwable cause = exception;
        while (cause.getCause() != null && cause.getCause().getMessage() != null) {
            cause = cause.getCause();
        }
        return new InputException(pipeline.source().file() + "  Camel refuses this pipeline: " + cause.getMessage().strip()
                + "\n    mend it there; Camel's steps are described at https://camel.apache.org/manual/enterprise-integration-patterns.html", exception);
    }

    @Override
    public void close() {
        camel.stop();
    }
}
