package io.espalier.network;

import io.espalier.layers.BasisScalingConvolution;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The basis vectors of decomposed convolutions as units: one group a layer. */
public final class BasisVectors {

    private BasisVectors() {}

    /** @param importance importance sums by layer, [units]; empty if there are none */
    public static List<UnitGroup> groups(Network network, Map<String, double[]> importance) {
        Map<String, InputType> types = network.outputTypes();
        return Decomposition.scalings(network).stream()
                .map(scaling -> group(network, scaling, types, Optional.ofNullable(importance.get(scaling.name()))))
                .toList();
    }

    private static UnitGroup group(Network network, Node scaling, Map<String, InputType> types, Optional<double[]> importance) {
        Node basis = Decomposition.basis(network, scaling);
        long n = Decomposition.vectorLength(basis);
        long channels = Decomposition.channels(scaling);
        InputType.InputTypeConvolutional maps = (InputType.InputTypeConvolutional) types.get(scaling.name());
        long sweep = 2 * maps.getHeight() * maps.getWidth();
        int rank = Math.toIntExact(Decomposition.rank(scaling));
        return new UnitGroup(
                scaling.name(),
                UnitKind.BASIS_VECTOR,
                rank,
                Math.toIntExact(Math.min(n, channels)),
                List.of(UnitGroup.Member.kernels(
                        basis.name(), ConvolutionParamInitializer.WEIGHT_KEY, basis.parameter(ConvolutionParamInitializer.WEIGHT_KEY))),
                Optional.of(scaling.parameter(BasisScalingConvolution.FACTORS).dup()),
                Optional.of(scaling.parameter(BasisScalingConvolution.SINGULAR_VALUES).dup()),
                importance,
                new Cost(n + channels, sweep * (n + channels)),
                left -> folded(left.getOrDefault(scaling.name(), rank) * (n + channels), n * channels, sweep));
    }

    /** A layer whose rank saves nothing is folded into one convolution. */
    private static Cost folded(long decomposed, long whole, long sweep) {
        return new Cost(Math.min(decomposed, whole), sweep * Math.min(decomposed, whole));
    }

    /** Removes basis vectors of one layer: filters of its first half, rows and factors of its second. */
    static void keep(Network network, String layer, long[] kept, NetworkEdit edit) {
        Node scaling = network.node(layer);
        Node basis = Decomposition.basis(network, scaling);
        BasisScalingConvolution second = scaling.layer(BasisScalingConvolution.class).orElseThrow();
        ConvolutionLayer first = basis.layer(ConvolutionLayer.class).orElseThrow();

        INDArray filters = Slices.along(basis.parameter(ConvolutionParamInitializer.WEIGHT_KEY), 0, kept);
        edit.replace(basis.computing(
                Decomposition.convolution(first, first.getNIn(), kept.length, false, first.getActivationFn()),
                Map.of(ConvolutionParamInitializer.WEIGHT_KEY, filters)));

        Map<String, INDArray> parameters = new LinkedHashMap<>(scaling.parameters());
        for (String key : List.of(
                BasisScalingConvolution.FACTORS, BasisScalingConvolution.SINGULAR_VALUES, BasisScalingConvolution.RIGHT_VECTORS)) {
            parameters.put(key, Slices.along(scaling.parameter(key), 0, kept));
        }
        edit.replace(scaling.computing(
                new BasisScalingConvolution(kept.length, second.getNOut(), second.isHasBias(), second.getActivationFn()), parameters));
    }
}
