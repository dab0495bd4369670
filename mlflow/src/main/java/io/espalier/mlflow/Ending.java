package io.espalier.mlflow;

/**
 * How a run ended.
 *
 * @param status FINISHED, FAILED or KILLED
 * @param time milliseconds since 1970
 */
record Ending(String status, long time) {}
