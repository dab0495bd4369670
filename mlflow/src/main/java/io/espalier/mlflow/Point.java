package io.espalier.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import org.mlflow.api.proto.Service;

/**
 * A value of a metric, as the server keeps it: what is infinite is the largest number there.
 *
 * @param key of the metric
 * @param time milliseconds since 1970
 * @param step by which the pages draw it
 * @param value may be NaN
 */
record Point(String key, long time, long step, double value) {

    Point {
        // The server has no infinity, and knows one zero only.
        value = value == 0 ? 0.0 : Math.max(-Double.MAX_VALUE, Math.min(Double.MAX_VALUE, value));
    }

    static Point of(JsonNode metric) {
        return new Point(metric.path("key").asText(), metric.path("timestamp").asLong(), metric.path("step").asLong(), metric.path("value").asDouble(Double.NaN));
    }

    Service.Metric metric() {
        return Service.Metric.newBuilder().setKey(key).setTimestamp(time).setStep(step).setValue(value).build();
    }
}
