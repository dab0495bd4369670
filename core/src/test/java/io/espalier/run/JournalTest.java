package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

class JournalTest {

    @TempDir
    Path folder;

    private Journal open() {
        return Journal.open(file(), new Disk(folder, FileChannel::open));
    }

    private Path file() {
        return folder.resolve("journal.jsonl");
    }

    private List<String> types() {
        return Journal.read(folder).stream().map(Journal.Event::type).toList();
    }

    record Details(Path path, double value, Optional<String> there, Optional<String> absent, Object tensor) {}

    @Test
    void eventsComeBackInOrderWithTheirDetails() {
        try (Journal journal = open()) {
            journal.append("first", Map.of("text", "two\nlines", "number", 0.1));
            journal.append("second", new Details(Path.of("a", "b"), Double.NaN, Optional.of("x"), Optional.empty(), Nd4j.zeros(2, 3)));
        }
        List<Journal.Event> events = Journal.read(file());
        assertThat(events).extracting(Journal.Event::type).containsExactly("first", "second");
        assertThat(events.get(0).details().get("text").asText()).isEqualTo("two\nlines");
        assertThat(events.get(1).details().toString())
                .isEqualTo("{\"path\":\"" + Path.of("a", "b") + "\",\"value\":\"NaN\",\"there\":\"x\",\"absent\":null,\"tensor\":\"FLOAT [2, 3]\"}");
        assertThat(events.get(0).time()).isBeforeOrEqualTo(events.get(1).time());
    }

    @Test
    void anEventCanBeReadBeforeTheJournalIsClosed() {
        try (Journal journal = open()) {
            journal.append("first", Map.of());
            assertThat(types()).containsExactly("first");
        }
    }

    @Test
    void aTornLastLineIsLeftOutAndCutOffWhenTheJournalIsOpened() throws IOException {
        try (Journal journal = open()) {
            journal.append("first", Map.of());
        }
        String whole = Files.readString(file());
        for (String torn : List.of("{\"time\":\"2026-01", whole.strip(), "\0\0\0\0", "{\"time\":\n")) {
            Files.writeString(file(), whole + torn);
            assertThat(types()).containsExactly("first");
            try (Journal journal = open()) {
                assertThat(journal.cut()).isEqualTo(torn.length());
                journal.append("second", Map.of());
            }
            assertThat(types()).containsExactly("first", "journal-cut", "second");
        }
    }

    @Test
    void aBrokenLineBeforeTheLastIsRefusedByNumber() throws IOException {
        try (Journal journal = open()) {
            journal.append("first", Map.of());
            journal.append("second", Map.of());
        }
        List<String> lines = Files.readAllLines(file());
        Files.write(file(), List.of(lines.get(0), "{}", lines.get(1)));
        assertThatThrownBy(() -> Journal.read(folder)).isInstanceOf(InputException.class).hasMessageContaining(file() + ":2: ");
    }

    @Test
    void detailsThatJsonCannotHoldAreRefusedByTheNameOfTheEvent() {
        class Knot {
            @SuppressWarnings("unused")
            public Knot getSelf() {
                return this;
            }
        }
        try (Journal journal = open()) {
            assertThatThrownBy(() -> journal.append("knot", new Knot())).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'knot'");
            journal.append("next", Map.of());
        }
        assertThat(types()).containsExactly("next");
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs /dev/full")
    void aFullDiskIsSaidWithThePathAndTheLineThatGoesOn() {
        Journal journal = Journal.open(file(), new Disk(folder, (f, o) -> FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)));
        assertThatThrownBy(() -> journal.append("first", Map.of()))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("the disk is full: " + file())
                .hasMessageContaining("espalier run --resume " + folder);
    }
}
