package io.espalier.plugins.onnx.write;

import io.espalier.layers.Gate;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;

/** What joins and divides the paths of a network. */
final class VertexWriter {

    private VertexWriter() {}

    static void write(Operators operators, GraphVertex vertex) {
        if (vertex instanceof ElementWiseVertex elements) {
            elements(operators, elements.getOp());
        } else if (vertex instanceof MergeVertex merge && merge.getMergeAxis() == MergeVertex.DEFAULT_MERGE_DIM) {
            operators.apply("Concat", all(operators)).with("axis", 1);
        } else if (vertex instanceof Gate) {
            gate(operators);
        } else if (vertex instanceof SubsetVertex subset) {
            ShapeWriter.channels(operators, subset.getFrom(), subset.getTo());
        } else if (vertex instanceof PreprocessorVertex preprocessor) {
            ShapeWriter.reshape(operators, preprocessor.getPreProcessor());
        } else if (vertex instanceof ScaleVertex scale) {
            operators.then("Mul", operators.scalar("factor", scale.getScaleFactor()));
        } else if (vertex instanceof ShiftVertex shift) {
            operators.then("Add", operators.scalar("shift", shift.getShiftFactor()));
        } else {
            throw operators.refusal(NetworkWriter.UNKNOWN);
        }
    }

    private static void elements(Operators operators, ElementWiseVertex.Op op) {
        if (operators.inputs().size() == 1) {
            return;
        }
        switch (op) {
            case Add -> operators.apply(operators.inputs().size() == 2 ? "Add" : "Sum", all(operators));
            case Subtract -> operators.apply("Sub", all(operators));
            case Average -> operators.apply("Mean", all(operators));
            case Max -> operators.apply("Max", all(operators));
            case Product -> operators.inputs().stream().skip(1).forEach(factor -> operators.then("Mul", factor));
            default -> throw operators.refusal(op + " of its inputs is not known here");
        }
    }

    /** A factor for each channel, as a vector, is stood up beside the maps: ONNX lines extents up from the right. */
    private static void gate(Operators operators) {
        String maps = operators.inputs().get(0);
        String factors = operators.inputs().get(1);
        if (operators.types().get(1) instanceof InputType.InputTypeFeedForward) {
            factors = operators.apply("Unsqueeze", factors, operators.integers("axes", 2, 3)).output();
        }
        operators.apply("Mul", maps, factors);
    }

    private static String[] all(Operators operators) {
        return operators.inputs().toArray(String[]::new);
    }
}
