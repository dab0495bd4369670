package io.espalier.routes.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.espalier.routes.plugins.InstalledPlugins;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The launcher, with a Java and a Maven that only say what they were called with; needs a POSIX shell, as the launcher does. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LauncherTest {

    private static final String MAVEN_THAT_BUILDS = """
            echo "mvn $*" >> "$LOG"
            sleep 0.5
            mkdir -p routes/target/distribution/lib
            """;

    @TempDir
    Path folder;

    private Path root;
    private Path log;

    /** What a call of the launcher came to. */
    private record Said(int exit, String text) {}

    @BeforeEach
    void aCheckout() throws IOException {
        root = Files.createDirectories(folder.resolve("a checkout"));
        log = folder.resolve("log.txt");
        Files.copy(Path.of("..", "espalier"), root.resolve("espalier"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        script("java", java("17.0.1"));
        script("mvn", MAVEN_THAT_BUILDS);
    }

    /** A Java that makes archives, and notes that it did. */
    private static String javaWithArchives(String version) {
        return """
                for word in "$@"; do
                    case $word in
                        -Xshare:dump) dumps=yes ;;
                        -XX:SharedArchiveFile=*) archive=${word#*=} ;;
                    esac
                done
                if [ "${dumps:-}" ]; then
                    echo half > "$archive"
                    sleep 1
                    echo whole > "$archive"
                    echo made >> "$LOG.archives"
                    exit
                fi
                """ + java(version);
    }

    private static String java(String version) {
        return """
                case $1 in
                    -version) echo 'openjdk version "%s" 2021-10-19' >&2 ;;
                    --list-modules) echo jdk.compiler@17 ;;
                    *) for word in "$@"; do echo "<$word>"; done ;;
                esac
                """.formatted(version);
    }

    private void script(String name, String text) throws IOException {
        script(folder.resolve("jdk/bin").resolve(name), text);
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", root.resolve("espalier").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("ESPALIER") || List.of("JAVA_HOME", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE").contains(name));
        builder.environment().put("PATH", folder.resolve("jdk/bin") + ":/usr/bin:/bin");
        builder.environment().put("LOG", log.toString());
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("caches").toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Said end(Process process) throws IOException, InterruptedException {
        String text = new String(process.getInputStream().readAllBytes());
        return new Said(process.waitFor(), text);
    }

    private Said launch(String... arguments) throws IOException, InterruptedException {
        return end(start(Map.of(), arguments));
    }

    private List<String> builds() throws IOException {
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private Path target() {
        return root.resolve("routes/target");
    }

    @Test
    void aJavaHomeWithoutJavaIsRefusedByName() throws Exception {
        Said said = end(start(Map.of("JAVA_HOME", folder.resolve("nothing").toString()), "doctor"));
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.text()).isEqualTo("JAVA_HOME is " + folder.resolve("nothing")
                + ", but there is no bin/java in it\n    set JAVA_HOME to a JDK of 17 or later, or unset it\n");
    }

    @Test
    void anOldJavaIsRefusedWithItsVersion() throws Exception {
        for (String version : List.of("11.0.2", "1.8.0_292", "16")) {
            script("java", java(version));
            Said said = launch("doctor");
            assertThat(said.exit()).isEqualTo(2);
            assertThat(said.text()).contains("is of version " + version.split("\\.")[0] + ", and 17 or later is needed").contains("set JAVA_HOME");
        }
        assertThat(builds()).isEmpty();
    }

    @Test
    void aRuntimeWithoutACompilerCannotBuild() throws Exception {
        script("java", java("21").replace("jdk.compiler@17", "java.base@21"));
        Said said = launch("doctor");
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.text()).contains("it is a JRE").contains("install a JDK");
    }

    @Test
    void itBuildsOnFirstUseAndPassesEveryArgumentOnAsItStands() throws Exception {
        Said first = launch("run", "my pipeline", "-p", "a=$b *");
        assertThat(first.exit()).as(first.text()).isZero();
        assertThat(first.text()).startsWith("Building Espalier").contains("<-Despalier.home=" + target().resolve("distribution") + ">",
                "<-Despalier.terminal=false>", "<io.espalier.routes.cli.Main>\n<run>\n<my pipeline>\n<-p>\n<a=$b *>\n");
        assertThat(launch("doctor").text()).doesNotContain("Building");
        assertThat(builds()).containsExactly("mvn -q -B -DskipTests package");
    }

    @Test
    void itBuildsAgainWhenASourceIsNewerButNotForItsReadme() throws Exception {
        launch("doctor");
        Path readme = Files.writeString(Files.createDirectories(root.resolve("core")).resolve("README.md"), "new");
        Files.setLastModifiedTime(readme, FileTime.from(Instant.now().plusSeconds(5)));
        launch("doctor");
        assertThat(builds()).hasSize(1);
        Path source = Files.writeString(root.resolve("core/New.java"), "new");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        launch("doctor");
        assertThat(builds()).hasSize(2);
    }

    @Test
    void argumentsForTheBuildAreKept() throws Exception {
        launch("doctor");
        end(start(Map.of("ESPALIER_MAVEN_ARGS", "-Pcuda"), "doctor"));
        end(start(Map.of("ESPALIER_MAVEN_ARGS", "-Pcuda"), "doctor"));
        Files.setLastModifiedTime(root.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(5)));
        launch("doctor");
        assertThat(builds()).containsExactly(
                "mvn -q -B -DskipTests package", "mvn -q -B -DskipTests -Pcuda package", "mvn -q -B -DskipTests -Pcuda package");
    }

    @Test
    void twoFirstUsesAtOnceBuildOnce() throws Exception {
        Process one = start(Map.of(), "doctor");
        Process other = start(Map.of(), "doctor");
        List<Said> said = List.of(end(one), end(other));
        assertThat(said).extracting(Said::exit).containsOnly(0);
        assertThat(said).filteredOn(s -> s.text().contains("is building Espalier: waiting for it")).hasSize(1);
        assertThat(builds()).hasSize(1);
        assertThat(target().resolve(".building")).doesNotExist();
    }

    @Test
    void whatABuildThatFailedLeftIsNotTakenForBuilt() throws Exception {
        script("mvn", MAVEN_THAT_BUILDS + "echo 'COMPILATION ERROR'\nexit 1\n");
        Said failed = launch("doctor");
        assertThat(failed.exit()).isEqualTo(2);
        assertThat(failed.text()).contains("COMPILATION ERROR", "Espalier could not be built\n    see above; to try by hand: cd ").doesNotContain("<");
        assertThat(target().resolve(".building")).doesNotExist();
        script("mvn", MAVEN_THAT_BUILDS);
        assertThat(launch("doctor").exit()).isZero();
        assertThat(builds()).hasSize(2);
    }

    @Test
    void theLockOfABuilderThatWasKilledIsTakenAway() throws Exception {
        Process gone = new ProcessBuilder("/bin/sh", "-c", "exit 0").start();
        assertThat(gone.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Files.createDirectories(target().resolve(".building"));
        Files.writeString(target().resolve(".building/pid"), gone.pid() + "\n");
        assertThat(launch("doctor").exit()).isZero();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void withoutMavenWhatWasBuiltBeforeRunsAndNothingElse() throws Exception {
        Files.delete(folder.resolve("jdk/bin/mvn"));
        Process noMaven = start(Map.of("PATH", onlyTheShellsTools()), "doctor");
        Said said = end(noMaven);
        assertThat(said.exit()).isEqualTo(2);
        assertThat(said.text()).contains("Espalier is not built yet, and there is no Maven");
        Files.createDirectories(target().resolve("distribution"));
        Files.writeString(target().resolve("distribution/.built"), "\n");
        Files.setLastModifiedTime(root.resolve("pom.xml"), FileTime.from(Instant.now().plusSeconds(5)));
        Said before = end(start(Map.of("PATH", onlyTheShellsTools()), "doctor"));
        assertThat(before.exit()).isZero();
        assertThat(before.text()).contains("running what was built before").contains("<doctor>");
    }

    /** A machine may have a Maven in /usr/bin. */
    private String onlyTheShellsTools() throws IOException {
        Path tools = folder.resolve("tools");
        for (String tool : List.of("sed", "head", "dirname", "readlink", "find", "cat", "mkdir", "rm", "awk", "grep", "sort", "wc", "tr", "mv", "sleep")) {
            script(tools.resolve(tool), "PATH=/usr/bin:/bin exec " + tool + " \"$@\"\n");
        }
        return folder.resolve("jdk/bin") + ":" + tools;
    }

    @Test
    void threadsThatAreNoNumberAreRefused() throws Exception {
        for (String nonsense : List.of("two", "0", "-1", "2.5", "1,,2", " ")) {
            Said said = end(start(Map.of("OMP_NUM_THREADS", nonsense, "ESPALIER_ARCHIVE", "off"), "doctor"));
            assertThat(said.exit()).as(nonsense).isEqualTo(2);
            assertThat(said.text()).contains("OMP_NUM_THREADS is '" + nonsense + "', which is no number of threads\n    set it to a number from 1 on");
        }
        for (String right : List.of("3", "16", "4,2", "")) {
            assertThat(end(start(Map.of("OMP_NUM_THREADS", right, "ESPALIER_ARCHIVE", "off"), "doctor")).exit()).as(right).isZero();
        }
    }

    private Said launchBuilt(String... arguments) throws Exception {
        end(start(Map.of("ESPALIER_ARCHIVE", "off"), "doctor"));
        return launch(arguments);
    }

    private long archivesMade() throws IOException {
        Path notes = Path.of(log + ".archives");
        return Files.exists(notes) ? Files.readAllLines(notes).size() : 0;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void theArchiveOfClassesIsMadeOnceForAJavaAndADistribution() throws Exception {
        script("java", javaWithArchives("17.0.1"));
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
        Said first = launchBuilt("doctor");
        assertThat(first.text()).startsWith("Preparing Espalier to start faster");
        Path archives = target().resolve("distribution/.archives");
        assertThat(files(archives)).singleElement().satisfies(archive -> {
            assertThat(archive).hasContent("whole");
            assertThat(first.text()).contains("<-XX:SharedArchiveFile=" + archive + ">");
        });
        assertThat(launch("doctor").text()).isEqualTo(first.text().substring(first.text().indexOf('<')));
        assertThat(archivesMade()).isEqualTo(1);

        Files.writeString(target().resolve("distribution/lib/other.jar"), "another distribution");
        assertThat(launch("doctor").text()).startsWith("Preparing");
        assertThat(files(archives)).hasSize(1);

        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"21.0.1\"\n");
        assertThat(launch("doctor").text()).startsWith("Preparing");
        assertThat(files(archives)).hasSize(2);
    }

    @Test
    void aJavaThatMakesNoArchiveIsAskedOnceAndStartsWithoutOne() throws Exception {
        assertThat(launchBuilt("doctor").text()).startsWith("Preparing").contains("<doctor>").doesNotContain("SharedArchiveFile");
        Said second = launch("doctor");
        assertThat(second.exit()).isZero();
        assertThat(second.text()).startsWith("<-").contains("<doctor>").doesNotContain("SharedArchiveFile");
    }

    @Test
    void whereTheDistributionCannotBeWrittenToTheArchiveIsWithTheUsersCaches() throws Exception {
        script("java", javaWithArchives("17.0.1"));
        end(start(Map.of("ESPALIER_ARCHIVE", "off"), "doctor"));
        Files.writeString(target().resolve("distribution/.archives"), "a file, so that no folder can be made there");
        assertThat(launch("doctor").text()).startsWith("Preparing").contains("<-XX:SharedArchiveFile=" + folder.resolve("caches/espalier"));
        assertThat(launch("doctor").text()).startsWith("<-XX:SharedArchiveFile=" + folder.resolve("caches/espalier"));

        Path nowhere = Files.writeString(folder.resolve("no folder"), "");
        Said without = end(start(Map.of("XDG_CACHE_HOME", nowhere.toString()), "doctor"));
        assertThat(without.exit()).isZero();
        assertThat(without.text()).startsWith("<-").doesNotContain("SharedArchiveFile");
    }

    @Test
    void ofTwoFirstStartsAtOnceNeitherTakesHalfAnArchive() throws Exception {
        script("java", javaWithArchives("17.0.1"));
        end(start(Map.of("ESPALIER_ARCHIVE", "off"), "doctor"));
        Process one = start(Map.of(), "doctor");
        Process other = start(Map.of(), "doctor");
        List<Said> said = List.of(end(one), end(other));
        assertThat(said).extracting(Said::exit).containsOnly(0);
        assertThat(said).filteredOn(s -> s.text().startsWith("Preparing")).hasSize(1).allMatch(s -> s.text().contains("SharedArchiveFile"));
        assertThat(archivesMade()).isEqualTo(1);
        assertThat(files(target().resolve("distribution/.archives"))).singleElement().satisfies(archive -> assertThat(archive).hasContent("whole"));
    }

    @Test
    void aMakerOfAnArchiveThatWasKilledHoldsNobodyUp() throws Exception {
        script("java", javaWithArchives("17.0.1"));
        launchBuilt("doctor");
        Path archive = files(target().resolve("distribution/.archives")).get(0);
        Files.delete(archive);
        Path making = Files.createDirectory(Path.of(archive + ".making"));
        Process gone = new ProcessBuilder("/bin/sh", "-c", "exit 0").start();
        assertThat(gone.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Files.writeString(making.resolve("pid"), gone.pid() + "\n");
        Files.writeString(Files.createDirectory(Path.of(archive + ".work-" + gone.pid())).resolve("archive"), "half");
        assertThat(launch("doctor").text()).startsWith("<-").doesNotContain("SharedArchiveFile");
        assertThat(launch("doctor").text()).startsWith("Preparing");
        assertThat(files(archive.getParent())).containsExactly(archive);
        assertThat(archive).hasContent("whole");
    }

    @Test
    void helpIsKeptBesideTheArchive() throws Exception {
        script("java", """
                rehearses=
                for word in "$@"; do
                    case $word in *.Rehearsal) rehearses=yes ;; esac
                    last=$word
                done
                if [ "$rehearses" ]; then
                    mkdir "$last"
                    echo "how to use it" > "$last/help"
                    exit
                fi
                """ + javaWithArchives("17.0.1"));
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
        assertThat(launchBuilt("--help").text()).startsWith("Preparing").endsWith("\nhow to use it\n");
        Said kept = launch("--help");
        assertThat(kept.exit()).isZero();
        assertThat(kept.text()).isEqualTo("how to use it\n");
        for (String asked : List.of("NO_COLOR", "CLICOLOR_FORCE", "ESPALIER_JAVA_OPTS")) {
            assertThat(end(start(Map.of(asked, "1"), "--help")).text()).as(asked).contains("<--help>");
        }
        assertThat(end(start(Map.of("ESPALIER_ARCHIVE", "off"), "--help")).text()).contains("<--help>");
        assertThat(launch("run", "--help").text()).contains("<run>");

        Files.writeString(target().resolve("distribution/lib/other.jar"), "another distribution");
        assertThat(launch("--help").text()).startsWith("Preparing");
        assertThat(files(target().resolve("distribution/.archives"))).hasSize(2);
    }

    @Test
    void whatIsKeptOfHelpIsWhatJavaSays() throws Exception {
        Workplace workplace = new Workplace(folder, new InstalledPlugins(folder.resolve("plugins")), new CoreMachinery(Main.ENGINES), false);
        Rehearsal.keepHelp(Main.commandLine(workplace), folder);
        StringWriter said = new StringWriter();
        assertThat(Main.commandLine(workplace).setOut(new PrintWriter(said)).setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .execute("--help")).isZero();
        assertThat(folder.resolve("help")).hasContent(said.toString());
        assertThat(Files.readString(folder.resolve("help-in-colours")).replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(Files.readString(folder.resolve("help")));
        assertThat(Files.readString(folder.resolve("help"))).contains("Usage:", "run", "Exit codes").isASCII();
    }
}
