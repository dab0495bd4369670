package io.espalier.routes.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines that lack something, each as a real process: what is missing is taken from its class path, its memory, or from what
 * oneDNN and Espalier are told of the processor. Threads that are no number are the launcher's to refuse ({@code LauncherTest}).
 */
@EnabledOnOs(value = OS.LINUX, architectures = {"amd64", "x86_64"}, disabledReason = "elsewhere there is no oneDNN, nor /proc/cpuinfo")
class PoorMachineIT {

    private static final long PATIENCE_SECONDS = 180;
    /** The environment variable that wins over the options of the command line. */
    private static final String JAVA_OPTIONS = "_JAVA_OPTIONS";
    /** oneDNN as it is on a processor with nothing newer. */
    private static final Map<String, String> SSE41 = Map.of("DNNL_MAX_CPU_ISA", "SSE41");

    @TempDir
    private Path folder;

    private Path said() {
        return folder.resolve("said.txt");
    }

    private String ended(Process process, int exit) throws IOException, InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as(Files.readString(said())).isTrue();
        String text = Files.readString(said());
        assertThat(process.exitValue()).as(text).isEqualTo(exit);
        assertThat(text).doesNotContain("\tat ", "something went wrong that should not have");
        return text;
    }

    private List<String> run(String pipeline, Map<String, String> options, String... more) {
        return Arguments.run(pipeline, folder.resolve("runs"), Arguments.little(options), Espalier.concat(List.of("--no-tracking"), List.of(more)).toArray(String[]::new));
    }

    private static List<String> evaluate(Path runs, String... more) {
        return Espalier.concat(
                List.of("run", "evaluate", "--no-tracking", "--run-dir", runs.toString(), "-p", "model=" + TinyModels.trained(), "-p", "data=bundled:mnist-small",
                        "-p", "train=50", "-p", "validation=50", "-p", "test=50"),
                List.of(more));
    }

    @Test
    void withoutAvx2ItRunsOnDl4jAndSaysSoOnce() throws Exception {
        String text = ended(Espalier.start(said(), SSE41, evaluate(folder.resolve("runs"))), 0);
        assertThat(text).containsOnlyOnce("runs on the engine dl4j, since onednn is not to be had here: the processor lacks AVX2");
    }

    @Test
    void withoutAvx2TheEngineOnednnIsRefusedWithTheOtherOne() throws Exception {
        String text = ended(Espalier.start(said(), SSE41, evaluate(folder.resolve("runs"), "--engine", "onednn")), 2);
        assertThat(text).contains("the engine onednn is not to be had here: the processor lacks AVX2; use --engine dl4j, or leave --engine out");
    }

    @Test
    void aProcessorThatNd4jsLibraryIsNotBuiltForIsSaidBeforeTheLibraryEndsTheProcess() throws Exception {
        Path old = Files.writeString(folder.resolve("cpuinfo"), """
                processor\t: 0
                model name\t: Intel(R) Core(TM) i7-2600 CPU @ 3.40GHz
                flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr sse sse2 ssse3 cx16 sse4_1 sse4_2 popcnt aes xsave avx
                """);
        Map<String, String> environment = Map.of(JAVA_OPTIONS, "-Despalier.cpuinfo=" + old);
        String refused = ended(Espalier.start(said(), environment, evaluate(folder.resolve("runs"))), 1);
        assertThat(refused).contains("this processor lacks AVX2, which nd4j-native-", "ESPALIER_MAVEN_ARGS=-Dnd4j.classifier=linux-x86_64-onednn ./espalier doctor");
        String doctor = ended(Espalier.start(said(), environment, List.of("doctor")), 1);
        assertThat(doctor).containsPattern("instructions +MISSING +avx, sse4_2; this processor lacks AVX2").contains("mend: build without:");
    }

    @Test
    void withoutOneDnnForThePlatformItRunsOnDl4jAndSaysSoOnce() throws Exception {
        String text = ended(Espalier.startWithout(said(), "dnnl-", "linux-x86_64", evaluate(folder.resolve("runs"))), 0);
        assertThat(text).containsOnlyOnce("runs on the engine dl4j, since onednn is not to be had here: ");
    }

    @Test
    void withoutNd4jForThePlatformARunSaysHowToMendIt() throws Exception {
        String text = ended(Espalier.startWithout(said(), "nd4j-native", "linux-x86_64", evaluate(folder.resolve("runs"))), 1);
        assertThat(text).contains("ND4J's native library does not load on this machine: ", "build on it (mvn package), and see what espalier doctor says");
        String doctor = ended(Espalier.startWithout(said(), "nd4j-native", "linux-x86_64", List.of("doctor")), 1);
        assertThat(doctor).containsPattern("native code +MISSING").contains("mend: build on this machine: mvn package");
    }

    @Test
    void tooLittleMemoryForTensorsIsSaidBeforeTheFirstStepWithTheEstimate() throws Exception {
        Map<String, String> little = Map.of(JAVA_OPTIONS, "-Dorg.bytedeco.javacpp.maxbytes=12m");
        String text = ended(Espalier.start(said(), little, run("unpruned-control", Map.of("batch", "200"), "--engine", "onednn")), 1);
        assertThat(text).containsPattern("needs \\d+ MB between the layers").contains("give a smaller batch=, or more memory: ESPALIER_JAVA_OPTS=-Dorg.bytedeco.javacpp.maxbytes=");
    }

    @Test
    void tooLittleHeapIsSaidWithTheMend() throws Exception {
        Map<String, String> little = Map.of(JAVA_OPTIONS, "-Xmx20m");
        String text = ended(Espalier.start(said(), little, run("unpruned-control", Map.of("train", "all", "test", "all"))), 1);
        assertThat(text).contains("ran out of Java's heap", "ESPALIER_JAVA_OPTS=-Xmx");
    }
}
