/**
 * The way of a run's journal into an MLflow server.
 *
 * <pre>
 * journal.jsonl ── Tail ──> RunView: what MLflow must hold ──> Sender ──> Server (Java client), Files (HTTP)
 *                                                               │  ^
 *                                                               v  └── read back: only that counts as sent
 *                                                          mlflow.json, how far it is
 * </pre>
 *
 * <p>The journal is the truth, MLflow a view of it. {@code RunView} makes of the same journal the same values with the same
 * times and steps, always; {@code Sender} asks the server what it holds, and sends the rest. So sending again adds nothing,
 * whatever was cut off before. {@link io.espalier.mlflow.Tracking} does that beside a run, {@link io.espalier.mlflow.Sync}
 * afterwards.
 */
package io.espalier.mlflow;
