package io.espalier.routes;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultComponent;

/** The Camel component {@code stage:}: {@code stage:threshold?fraction=0.2} sends the candidate through a stage. */
final class StageComponent extends DefaultComponent {

    private final Binder binder;
    private final Performer performer;
    private final UnaryOperator<String> places;

    /** @param places from a step as Camel knows it, {@code FILE:LINE}, to the place with its column */
    StageComponent(Binder binder, Performer performer, UnaryOperator<String> places) {
        this.binder = binder;
        this.performer = performer;
        this.places = places;
    }

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
        Map<String, String> options = StageUri.texts(parameters);
        // Taken: what is left in the map Camel would try to set on the endpoint.
        parameters.clear();
        return new StageEndpoint(uri, this, remaining, options);
    }

    Binder binder() {
        return binder;
    }

    Performer performer() {
        return performer;
    }

    String place(String fileAndLine) {
        return places.apply(fileAndLine);
    }
}
