package io.espalier.routes;

import io.espalier.api.Stage;
import io.espalier.catalog.BoundOptions;
import java.util.Map;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.support.DefaultEndpoint;

/** A stage with its options, bound when the context starts: before anything runs. */
final class StageEndpoint extends DefaultEndpoint {

    private final StageComponent component;
    private final String stage;
    private final Map<String, String> options;
    private BoundOptions bound;

    StageEndpoint(String uri, StageComponent component, String stage, Map<String, String> options) {
        super(uri, component);
        this.component = component;
        this.stage = stage;
        this.options = Map.copyOf(options);
    }

    @Override
    protected void doInit() throws Exception {
        super.doInit();
        bound = component.binder().bind(component.binder().find(Stage.class, stage), options);
    }

    @Override
    public Producer createProducer() {
        return new StageProducer(this);
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException("a route cannot begin from stage:" + stage + "; begin it from direct:NAME");
    }

    /** The options are the stage's affair, not properties of this class. */
    @Override
    public boolean isLenientProperties() {
        return true;
    }

    StageComponent component() {
        return component;
    }

    String stage() {
        return stage;
    }

    BoundOptions bound() {
        return bound;
    }
}
