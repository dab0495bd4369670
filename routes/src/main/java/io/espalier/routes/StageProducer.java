package io.espalier.routes;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.run.StageResult;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.support.DefaultProducer;

/** Sends the candidate in the message's body through a stage; what the stage says of it becomes exchange variables. */
final class StageProducer extends DefaultProducer {

    private final StageEndpoint endpoint;

    StageProducer(StageEndpoint endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    @Override
    public void process(Exchange exchange) {
        String place = endpoint.component().place(String.valueOf(exchange.getExchangeExtension().getHistoryNodeSource()));
        try {
            StageResult result = endpoint.component().performer().perform(endpoint.bound(), candidate(exchange, place), place, branch(exchange));
            result.variables().forEach(exchange::setVariable);
            exchange.getMessage().setBody(result.candidate());
        } catch (Error e) {
            // Thrown on, it would leave the exchange in flight for ever: Camel expects exceptions only.
            exchange.setException(e);
        }
    }

    /** As the aggregator names it: by the variable {@code branch}, else by its number from 1; empty outside of a multicast. */
    private static String branch(Exchange exchange) {
        Integer index = exchange.getProperty(ExchangePropertyKey.MULTICAST_INDEX, Integer.class);
        if (index == null) {
            return "";
        }
        Object name = exchange.getVariable("branch");
        return name == null || name.toString().isBlank() ? Integer.toString(index + 1) : name.toString();
    }

    private Candidate candidate(Exchange exchange, String place) {
        Object body = exchange.getMessage().getBody();
        if (body == null) {
            return Candidate.none();
        }
        if (body instanceof Candidate candidate) {
            return candidate;
        }
        throw new InputException(place + "  " + "stage:" + endpoint.stage() + " got a " + body.getClass().getSimpleName() + " instead of a network"
                + "\n    a step before it changed the message's body: keep values in variables (setVariable) instead");
    }
}
