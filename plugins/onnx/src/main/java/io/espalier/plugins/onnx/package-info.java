/**
 * ONNX models, read into networks and written from them. The messages are those of the {@code onnx} classes in nd4j-api, with
 * its shaded protobuf.
 */
package io.espalier.plugins.onnx;
