package io.espalier.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.FwdPassType;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A DL4J graph that predicts in the one workspace that training uses. DL4J's own prediction takes fresh memory for most
 * layers each time; touching that memory first costs more than the convolutions (measured: two to three times as long).
 */
final class WorkspaceGraph extends ComputationGraph {

    private static final long serialVersionUID = 1L;

    WorkspaceGraph(ComputationGraphConfiguration configuration) {
        super(configuration);
    }

    /** Outputs of vertices in inference, detached, by name; without those that are not there. */
    @SuppressWarnings("try")
    Map<String, INDArray> outputs(Set<String> names, INDArray input) {
        Map<String, INDArray> wanted = new HashMap<>();
        if (configuration.getInferenceWorkspaceMode() == WorkspaceMode.NONE) {
            collect(names, input, wanted);
            return wanted;
        }
        LayerWorkspaceMgr workspaces = LayerWorkspaceMgr.builder()
                .with(ArrayType.ACTIVATIONS, WS_ALL_LAYERS_ACT, WS_ALL_LAYERS_ACT_CONFIG)
                .with(ArrayType.INPUT, WS_ALL_LAYERS_ACT, WS_ALL_LAYERS_ACT_CONFIG)
                .with(ArrayType.FF_WORKING_MEM, WS_LAYER_WORKING_MEM, WS_LAYER_WORKING_MEM_CONFIG)
                .build();
        // Entered for its effect: what the layers compute lies in it until it is left.
        try (MemoryWorkspace scope = workspaces.notifyScopeEntered(ArrayType.ACTIVATIONS)) {
            collect(names, input, wanted);
        }
        return wanted;
    }

    private void collect(Set<String> names, INDArray input, Map<String, INDArray> wanted) {
        Map<String, INDArray> all = ffToLayerActivationsInWS(
                false, -1, null, FwdPassType.STANDARD, false, new INDArray[] {input}, null, null, true);
        names.stream().filter(all::containsKey).forEach(name -> wanted.put(name, all.get(name).detach()));
        clearLayersStates();
    }
}
