package io.espalier.plugins.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.espalier.Networks;
import io.espalier.Workbench;
import io.espalier.api.Candidate;
import io.espalier.api.Chosen;
import io.espalier.api.ModelReader;
import io.espalier.api.ModelWriter;
import io.espalier.api.NoOptions;
import io.espalier.api.Pruned;
import io.espalier.api.RunFailedException;
import io.espalier.network.Channels;
import io.espalier.network.Network;
import io.espalier.network.PruningPlan;
import io.espalier.network.Selection;
import io.espalier.network.Surgeon;
import io.espalier.network.UnitGroup;
import io.espalier.plugins.onnx.read.OnnxReader;
import io.espalier.plugins.onnx.write.OnnxWriter;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Programs that decide; the one of {@code examples/l1} knows ONNX and JSON and nothing of Espalier. */
class CommandTest {

    private static final Selection HALF = new Selection(Selection.Of.UNITS, 0.5, Selection.Scope.LAYER, Selection.Normalise.NONE, 0, 0, 1);

    @TempDir
    private Path folder;

    private final Workbench context = new Workbench();

    /** With its options' defaults, whose type is the plugin's own. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Chosen<ModelWriter<Record>> onnx() {
        try {
            Constructor<?> options = OnnxWriter.Options.class.getDeclaredConstructors()[0];
            Object auto = options.getParameterTypes()[0].getEnumConstants()[0];
            return (Chosen) new Chosen<>("onnx", new OnnxWriter(), (Record) options.newInstance(auto));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private Pruned example(Network network, Selection selection, String... arguments) {
        context.extensions().add(new Chosen<ModelReader<NoOptions>>("onnx", new OnnxReader(), new NoOptions()));
        Command.Options options = new Command.Options(
                Python.EXAMPLES.resolve("l1/prune.py"), Python.interpreter(), List.of(arguments), 120, onnx());
        return new Command().prune(Workbench.candidate(network, 1), selection, options, context);
    }

    /** A program of the shell, which gets the folder as $1. */
    private Pruned shell(String script, int timeLimit) throws IOException {
        Path program = Files.writeString(folder.resolve("program.sh"), script);
        Command.Options options = new Command.Options(program, "sh", List.of(), timeLimit, onnx());
        Candidate candidate = Workbench.candidate(Networks.chain(), 1);
        return new Command().prune(candidate, HALF, options, context);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chain", "residual", "dense", "invertedResiduals", "grouped"})
    void aProgramThatReadsOnnxChoosesTheChannelsOfSmallestNormInEveryTopology(String topology) {
        Network network = Networks.byName().get(topology);
        Pruned pruned = example(network, HALF);
        assertThat(pruned.plan().reason()).isEqualTo("l1 by hand");
        Map<String, List<Integer>> removed = pruned.plan().removals().stream()
                .collect(Collectors.toMap(PruningPlan.Removal::group, PruningPlan.Removal::removed));
        for (UnitGroup group : Channels.groups(network)) {
            double[] norms = new double[group.size()];
            group.kernels().forEach(kernel -> {
                for (int unit = 0; unit < norms.length; unit++) {
                    norms[unit] += kernel.slice(unit).norm1Number().doubleValue();
                }
            });
            assertThat(removed.getOrDefault(group.name(), List.of())).as(group.name()).containsExactlyElementsOf(lowest(norms, group.size() / 2));
        }
        assertThat(Networks.difference(
                        pruned.network().graph().outputSingle(Networks.images(network, 2)),
                        Surgeon.apply(pruned.plan(), network).graph().outputSingle(Networks.images(network, 2))))
                .isLessThan(1e-6);
        assertThat(context.said()).last().asString().startsWith("prune.py: ").contains("channels chosen in");
    }

    private static List<Integer> lowest(double[] norms, int count) {
        double[] sorted = Arrays.stream(norms).sorted().toArray();
        return IntStream.range(0, norms.length).filter(i -> norms[i] < sorted[count]).boxed().toList();
    }

    @Test
    void aProgramMayCutTheNetworkItself() {
        Network network = Networks.vgg();
        Pruned pruned = example(network, HALF, "--network");
        assertThat(pruned.plan().isEmpty()).isTrue();
        assertThat(pruned.plan().reason()).isEqualTo("command prune.py");

        UnitGroup first = Channels.groups(network).get(0);
        PruningPlan sameByPlan = new PruningPlan("", example(network, HALF).plan().removals().stream()
                .filter(r -> r.group().equals(first.name())).toList(), Map.of());
        INDArray images = Networks.images(network, 3);
        assertThat(Networks.difference(
                        pruned.network().graph().outputSingle(images), Surgeon.apply(sameByPlan, network).graph().outputSingle(images)))
                .isLessThan(1e-5);
        assertThat(pruned.network().preprocessing()).isEqualTo(network.preprocessing());
        assertThat(pruned.network().classes()).isEqualTo(network.classes());
    }

    @Test
    void groupsAreToldByLayersAndChannelsWithoutThoseThatAreKept() throws IOException {
        Network network = Networks.depthwise();
        Path file = folder.resolve("groups.json");
        Selection selection = new Selection(
                Selection.Of.PARAMETERS, 0.3, Selection.Scope.GLOBAL, Selection.Normalise.L2, 0, 0.1, 8, Set.of("project"));
        GroupsFile.write(file, "network.onnx", Channels.groups(network), network, selection, 5);
        JsonNode told = new ObjectMapper().readTree(file.toFile());
        assertThat(told.at("/selection").toString()).isEqualTo(
                "{\"of\":\"parameters\",\"amount\":0.3,\"scope\":\"global\",\"floor\":0.1,\"multiple\":8}");
        assertThat(told.path("groups")).hasSize(1);
        Map<String, String> roles = new LinkedHashMap<>();
        told.at("/groups/0/members").forEach(member -> {
            roles.put(member.path("layer").asText(), member.path("role").asText());
            assertThat(member.path("channels")).hasSize(12);
            assertThat(member.at("/channels/3").toString()).isEqualTo("[3]");
        });
        assertThat(roles).containsExactly(Map.entry("expand", "kernel"), Map.entry("depth", "kernel"), Map.entry("project", "reader"));
    }

    @Test
    void aProgramThatFailsIsQuoted() {
        assertThatThrownBy(() -> shell("echo reading; echo 'no such opset' >&2; exit 3", 10))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContainingAll("program.sh failed with exit code 3", "no such opset", "resume the run");
    }

    @Test
    void aProgramThatHangsIsEndedWithAllThatItStarted() throws IOException {
        assertThatThrownBy(() -> shell("echo begun >&2; sleep 300 & echo $! > \"$1/child\"; wait", 1))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContainingAll("program.sh did not end within 1 s", "begun")
                .satisfies(e -> {
                    String given = e.getMessage().replaceAll("(?s).*what it was given is in (\\S+);.*", "$1");
                    long child = Long.parseLong(Files.readString(Path.of(given, "child")).strip());
                    // It is killed, not asked; but the system takes its time.
                    ProcessHandle.of(child).ifPresent(process -> process.onExit().orTimeout(30, TimeUnit.SECONDS).join());
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "rubbish | no JSON, line 1",
        "[] | no JSON object",
        "{\"removals\": 5} | no list 'removals'",
        "{\"removals\": [{\"group\": \"conv1\"}]} | removal 1 needs a 'group' and a list 'removed'",
        "{\"removals\": [{\"group\": \"conv1\", \"removed\": [0.5]}]} | has 0.5 where the index of a unit is needed",
        "{\"removals\": [{\"group\": \"conv1\", \"removed\": [1, 1]}]} | names unit 1 twice",
        "{\"removals\": [{\"group\": \"conv1\", \"removed\": [8]}]} | removes unit 8 of layer 'conv1', which has 8",
        "{\"removals\": [{\"group\": \"conv1\", \"removed\": [1], \"size\": 9}]} | made for 9 units of layer 'conv1', which has 8",
        "{\"removals\": [{\"group\": \"conv9\", \"removed\": [1]}]} | no layer 'conv9'",
        "{\"removals\": [{\"group\": \"norm2\", \"removed\": [1]}]} | its channels go with those of the groups [conv2]",
        "{\"removals\": [{\"group\": \"conv1\", \"removed\": [0,1,2,3,4,5,6,7]}]} | one of every group must stay",
        "{\"removals\": [{\"group\": \"conv1\", \"removed\": [0]}, {\"group\": \"conv1\", \"removed\": [1]}]} | names 'conv1' twice",
        "{\"removals\": [], \"layers\": []} | has a field 'layers'"})
    void anAnswerThatCannotBeUsedIsRefusedWithWhatTheProgramSaid(String answer) {
        String[] parts = answer.split(" \\| ");
        assertThatThrownBy(() -> shell("echo thinking\ncat > \"$1/plan.json\" <<'END'\n" + parts[0] + "\nEND\n", 10))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContainingAll("program.sh gave what cannot be used", parts[1], "thinking");
    }

    @Test
    void aProgramMustAnswerOnce() {
        assertThatThrownBy(() -> shell("true", 10)).isInstanceOf(RunFailedException.class)
                .hasMessageContainingAll("wrote neither plan.json nor pruned.onnx", "It said nothing");
        assertThatThrownBy(() -> shell("touch $1/plan.json $1/pruned.onnx", 10)).hasMessageContaining("wrote both plan.json and pruned.onnx");
    }

    @Test
    void aNetworkThatIsNotWhatWasHandedOverIsRefused() {
        context.extensions().add(new Chosen<ModelReader<NoOptions>>("onnx", new OnnxReader(), new NoOptions()));
        assertThatThrownBy(() -> shell("echo nothing > $1/pruned.onnx", 10)).isInstanceOf(RunFailedException.class)
                .hasMessageContaining("pruned.onnx is in no known format");
        assertThatThrownBy(() -> shell("cp $1/network.onnx $1/pruned.onnx", 10)).isInstanceOf(RunFailedException.class)
                .hasMessageContaining("no fewer than");
        assertThatThrownBy(() -> shell("cp " + other(Networks.pooled()) + " $1/pruned.onnx", 10)).isInstanceOf(RunFailedException.class)
                .hasMessageContaining("takes images of");
    }

    private Path other(Network network) {
        try {
            Path file = folder.resolve("other.onnx");
            onnx().extension().write(network, Map.of(), file, onnx().options());
            return file;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aProgramThatCannotBeStartedIsNamed() {
        Command.Options options = new Command.Options(folder.resolve("none"), "no-such-interpreter", List.of(), 5, onnx());
        assertThatThrownBy(() -> new Command().prune(Workbench.candidate(Networks.chain(), 1), HALF, options, context))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContainingAll("cannot start no-such-interpreter", "interpreter=");
    }
}
