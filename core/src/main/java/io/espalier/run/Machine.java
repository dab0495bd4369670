package io.espalier.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What this process runs on. */
final class Machine {

    private static final String UNKNOWN = "unknown";
    private static final Path LINUX_PROCESSORS = Path.of("/proc/cpuinfo");

    private Machine() {}

    /** Versions of Espalier, Java, the libraries and the user's own folder if Git keeps it, by name. */
    static Map<String, String> versions() {
        Map<String, String> versions = new TreeMap<>();
        versions.put("espalier", mavenVersion("io.espalier", "espalier-core"));
        versions.put("nd4j", mavenVersion("org.nd4j", "nd4j-api"));
        versions.put("dl4j", mavenVersion("org.deeplearning4j", "deeplearning4j-nn"));
        versions.put("java", System.getProperty("java.vendor") + " " + Runtime.version());
        Commit.of(Path.of("")).ifPresent(commit -> versions.put("commit", commit));
        return versions;
    }

    /** Operating system, processor and user, by name. */
    static Map<String, String> description() {
        Map<String, String> machine = new TreeMap<>();
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("architecture", System.getProperty("os.arch"));
        machine.put("processor", processor());
        machine.put("user", System.getProperty("user.name", UNKNOWN));
        machine.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        return machine;
    }

    /** The version that Maven wrote into the jar; a class folder has none. */
    private static String mavenVersion(String group, String artifact) {
        String resource = "META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream in = Machine.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                return UNKNOWN;
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", UNKNOWN);
        } catch (IOException e) {
            return UNKNOWN + " (" + e.getMessage() + ")";
        }
    }

    private static String processor() {
        if (Files.isReadable(LINUX_PROCESSORS)) {
            try (Stream<String> lines = Files.lines(LINUX_PROCESSORS)) {
                return lines.filter(l -> l.startsWith("model name"))
                        .map(l -> l.substring(l.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse(UNKNOWN);
            } catch (IOException e) {
                return UNKNOWN + " (" + e.getMessage() + ")";
            }
        }
        return Optional.ofNullable(System.getenv("PROCESSOR_IDENTIFIER")).orElse(UNKNOWN);
    }
}
