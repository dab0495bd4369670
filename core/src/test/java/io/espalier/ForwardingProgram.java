package io.espalier;

import io.espalier.engine.ParameterKey;
import io.espalier.engine.Program;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Another program; what a test wants to see of it, or to change, it overrides. */
public class ForwardingProgram implements Program {

    private final Program program;

    public ForwardingProgram(Program program) {
        this.program = program;
    }

    @Override
    public INDArray predict(INDArray images) {
        return program.predict(images);
    }

    @Override
    public Map<String, INDArray> observe(Set<String> layers, INDArray images) {
        return program.observe(layers, images);
    }

    @Override
    public Step step(INDArray images, INDArray labels) {
        return program.step(images, labels);
    }

    @Override
    public Optional<Footprint> prepare(int batch) {
        return program.prepare(batch);
    }

    @Override
    public INDArray get(ParameterKey parameter) {
        return program.get(parameter);
    }

    @Override
    public void set(ParameterKey parameter, INDArray values) {
        program.set(parameter, values);
    }

    @Override
    public void close() {
        program.close();
    }
}
