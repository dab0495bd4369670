/** Networks as ONNX files. {@link io.espalier.plugins.onnx.write.OnnxWriter} is where to begin. */
package io.espalier.plugins.onnx.write;
