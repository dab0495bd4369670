package io.espalier.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.espalier.api.Candidate;
import io.espalier.api.InputException;
import io.espalier.api.RunFailedException;
import io.espalier.catalog.BoundOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a run says, and what is left of it, when it is interrupted, or a plugin, the memory or the disk fails it. */
class RunTroubleTest extends TinyRuns {

    @Test
    void anInterruptedRunSaysTheLineThatGoesOn() {
        BoundOptions slow = Tiny.bound("slow", (candidate, options, context) -> {
            context.checkInterrupted();
            return candidate;
        });
        Path directory;
        try (Run run = create()) {
            directory = run.directory();
            Candidate loaded = perform(run, Tiny.load()).candidate();
            BoundOptions interrupting = Tiny.bound("slow", (candidate, options, context) -> {
                run.interrupt();
                context.checkInterrupted();
                return candidate;
            });
            assertThatThrownBy(() -> run.perform(interrupting, loaded, "p", ""))
                    .isInstanceOf(InterruptedRunException.class)
                    .hasMessageContaining("espalier run --resume " + directory)
                    .satisfies(run::failed);
        }
        assertThat(RunDirectory.of(directory).status()).isEqualTo(RunDirectory.Status.INTERRUPTED);
        assertThat(events(directory)).endsWith("stage-started", "stage-interrupted", "run-interrupted");
        try (Run run = resume(directory)) {
            perform(run, Tiny.load(), slow);
            assertThat(watcher.reused).containsExactly("load");
        }
    }

    @Test
    void aPluginAtFaultIsNamedWithItsJar() {
        try (Run run = create()) {
            BoundOptions broken = Tiny.bound("broken", (candidate, options, context) -> {
                throw new NullPointerException("oops");
            });
            BoundOptions empty = Tiny.bound("empty", (candidate, options, context) -> null);
            BoundOptions odd = Tiny.bound("odd", (candidate, options, context) -> {
                context.variable("v", List.of());
                return candidate;
            });
            BoundOptions linked = Tiny.bound("linked", (candidate, options, context) -> {
                throw new NoSuchMethodError("gone()");
            });
            for (BoundOptions stage : List.of(broken, empty, odd, linked)) {
                assertThatThrownBy(() -> run.perform(stage, Candidate.none(), "p.yaml:3:9", ""))
                        .isInstanceOf(PluginFaultException.class)
                        .hasMessageStartingWith("p.yaml:3:9  stage:" + stage.extension().name() + " (plugin tiny 1.0, tiny-1.0.jar) failed: ");
            }
            assertThat(events(run.directory())).endsWith("stage-started", "stage-failed");
        }
    }

    @Test
    void whatAStageSaysOfTheInputIsPassedOn() {
        try (Run run = create()) {
            assertThatThrownBy(() -> perform(run, Tiny.shake(0.1)))
                    .isInstanceOf(InputException.class)
                    .hasMessage("tiny.yaml:shake  stage:shake  there is no network yet: a pipeline begins with stage:load");
        }
    }

    @Test
    void wantOfMemoryIsSaidWithTheMendForThatMemory() {
        try (Run run = create()) {
            BoundOptions heap = Tiny.bound("heap", (candidate, options, context) -> {
                throw new OutOfMemoryError("Java heap space");
            });
            BoundOptions tensors = Tiny.bound("tensors", (candidate, options, context) -> {
                OutOfMemoryError outer = new OutOfMemoryError("Cannot allocate new FloatPointer(1000)");
                outer.initCause(new OutOfMemoryError("Failed to allocate memory within limits"));
                throw new IllegalStateException(outer);
            });
            assertThatThrownBy(() -> perform(run, heap))
                    .isExactlyInstanceOf(RunFailedException.class)
                    .hasMessageContaining("stage:heap  ran out of Java's heap")
                    .hasMessageContaining("ESPALIER_JAVA_OPTS=-Xmx");
            assertThatThrownBy(() -> perform(run, tensors))
                    .isExactlyInstanceOf(RunFailedException.class)
                    .hasMessageContaining("stage:tensors  ran out of memory for tensors")
                    .hasMessageContaining("give a smaller batch=");
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs /dev/full")
    void aFullDiskIsSaidWhereverItIsMetAndTheRunGoesOnAfterwards() {
        for (String kind : List.of("packs", "networks", "candidates", "splits", "results")) {
            Path[] met = new Path[1];
            Run run = create((file, options) -> {
                if (file.getParent().endsWith(kind)) {
                    met[0] = file;
                    return FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE);
                }
                return FileChannel.open(file, options);
            });
            assertThatThrownBy(() -> perform(run, Tiny.load()))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining("the disk is full: " + run.directory().resolve("store").resolve(kind))
                    .hasMessageContaining("espalier run --resume " + run.directory());
            run.close();
            assertThat(met[0]).isNotNull().doesNotExist();
            try (Run again = resume(run.directory())) {
                perform(again, Tiny.load());
                assertThat(watcher.made).containsExactly("load");
            }
        }
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "needs /dev/full")
    void aFullDiskThatAStageMeetsIsSaidToo() {
        BoundOptions export = Tiny.bound("export", (candidate, options, context) -> {
            try {
                Files.writeString(Path.of("/dev/full"), "much");
                return candidate;
            } catch (IOException e) {
                throw new InputException("cannot write", e);
            }
        });
        try (Run run = create()) {
            assertThatThrownBy(() -> perform(run, Tiny.load(), export))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageStartingWith("the disk is full: ")
                    .hasMessageContaining("espalier run --resume " + run.directory());
        }
    }
}
