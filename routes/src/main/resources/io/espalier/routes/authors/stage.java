package @package@;

import io.espalier.api.Candidate;
import io.espalier.api.Flow;
import io.espalier.api.Named;
import io.espalier.api.Option;
import io.espalier.api.Stage;
import io.espalier.api.StageContext;
import io.espalier.network.NetworkEdit;
import java.util.Map;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.pf4j.Extension;

/** Fixed point: every weight becomes the nearest multiple of 2^-bits. */
@Extension
@Named(value = "@name@", doc = "@description@")
@Flow(needs = "loaded", takes = "evaluated")
public final class @Class@ implements Stage<@Class@.Options> {

    public record Options(@Option(doc = "bits behind the point", defaultValue = "8", min = 1, max = 23) int bits) {}

    @Override
    public Candidate apply(Candidate candidate, Options options, StageContext context) {
        double unit = Math.pow(2, -options.bits());
        NetworkEdit edit = candidate.network().edit();
        candidate.network().nodes().stream().filter(node -> node.parameters().containsKey("W")).forEach(node ->
                edit.replace(node.with(Map.of("W", Transforms.round(node.parameter("W").div(unit)).mul(unit)))));
        return candidate.with(edit.build());
    }
}
