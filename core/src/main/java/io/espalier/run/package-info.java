/**
 * The run directory: what a run was begun with, what happened, what it made, and how it goes on after a kill.
 *
 * <pre>
 * yyyyMMdd-HHmmss-PIPELINE/
 *   run.json               what it was begun with, and on what
 *   journal.jsonl          what happened: one event a line, on the device before the next step begins
 *   artifacts/             what the user wants
 *   store/results/         one record for each finished stage, by key; written last, so that what it names was there
 *   store/candidates/      what is in a candidate, by digest (gzipped JSON)
 *   store/networks/        a network without its numbers, by digest (gzipped JSON)
 *   store/packs/           rows of tensors, each row once
 *   store/splits/          images and labels of parts of data sets, each part once, deflated
 *   lock, lock-holder.json who is at it
 * </pre>
 *
 * <p>Every file but the journal is written under another name, forced to the device and renamed; leftovers of a killed
 * process are deleted when the run is resumed. A stage's key is made of everything that its result depends on, and its
 * randomness of its key without the code's digests, so performing a pipeline from the start reuses what is finished and
 * makes the rest as it would have been made.
 *
 * <p>A tensor is a list of rows, a row is known by its SHA-256 and stored once, so that a pruned basis costs the indices
 * of what is left. When a stage of the main line is finished, its input is dropped: the manifests go, and the packs that
 * no manifest refers to any more. A pack of which some rows are still referred to stays whole: in the pipelines at hand
 * these are the rows of the milestones, which stay anyway. Results under keys that a changed option has left behind stay
 * too, since the option may be changed back.
 */
package io.espalier.run;
