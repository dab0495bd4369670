/**
 * ONNX files read into DL4J graphs: {@code ModelFile} parses, {@code Graph} orders and checks, {@code Construction} walks the
 * operations with concrete extents and makes {@code Part}s of them, {@code Simplification} joins what belongs together,
 * {@code Assembly} makes the graph. One class for each family of operations.
 */
package io.espalier.plugins.onnx.read;
