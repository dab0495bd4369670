package io.espalier.routes.cli;

import io.espalier.api.Progress;
import io.espalier.run.RunListener;
import io.espalier.run.StageResult;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Tells a person what a run is doing: one line for every finished stage, below what the stage said itself, and how far a
 * long step is. On a terminal that is a bar rewritten in place; elsewhere a plain line when there was none for ten seconds.
 */
final class Watch implements RunListener {

    private static final long SECOND = 1_000_000_000L;
    private static final long PLAIN_EVERY = 10 * SECOND;
    private static final long BAR_EVERY = SECOND / 10;
    private static final int BAR = 16;
    private static final String CLEAR = "\r\u001b[K";
    /** A line that is wider than the terminal is cut by it: what had wrapped could not be rewritten in place. */
    private static final String NO_WRAP = "\u001b[?7l";
    private static final String WRAP = "\u001b[?7h";

    /** Shares are shown in percent. */
    private static final List<String> SHARES = List.of("accuracy", "balancedAccuracy", "reduction");

    private final PrintWriter out;
    private final boolean terminal;
    private final LongSupplier clock;
    private final StringBuilder said = new StringBuilder();
    private String stage = "";
    private String step = "";
    private long stepBegan;
    /** When something was last heard of the run. */
    private long lastHeard;
    private long lastShown;
    private boolean barStands;

    /** @param clock nanoseconds */
    Watch(PrintWriter out, boolean terminal, LongSupplier clock) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.lastHeard = clock.getAsLong();
        this.lastShown = lastHeard;
    }

    /** One that says nothing. */
    static Watch quiet() {
        return new Watch(new PrintWriter(Writer.nullWriter()), false, System::nanoTime);
    }

    @Override
    public synchronized void stageStarted(String stage, String place) {
        this.stage = stage;
        this.step = "";
        this.lastHeard = clock.getAsLong();
        said.setLength(0);
    }

    @Override
    public synchronized void progress(Progress progress) {
        long now = clock.getAsLong();
        if (!progress.step().equals(step)) {
            step = progress.step();
            // Not now: what is heard first of a step is that some of it is done.
            stepBegan = lastHeard;
        }
        lastHeard = now;
        if (now - lastShown < (terminal ? BAR_EVERY : PLAIN_EVERY)) {
            return;
        }
        lastShown = now;
        String line = "  " + stage + "  " + progress.step() + (terminal ? bar(progress) : count(progress)) + pace(progress, now - stepBegan);
        if (terminal) {
            out.print(CLEAR + NO_WRAP + line + WRAP);
            out.flush();
            barStands = true;
        } else {
            out.println(line);
        }
    }

    private static String bar(Progress progress) {
        double share = progress.total() > 0 ? Math.min(1, (double) progress.done() / progress.total()) : 0;
        int full = (int) (BAR * share);
        return format("  [%s%s] %3.0f %%", "#".repeat(full), " ".repeat(BAR - full), 100 * share);
    }

    private static String count(Progress progress) {
        return format("  %,d/%,d %s", progress.done(), progress.total(), progress.unit());
    }

    private static String pace(Progress progress, long nanoseconds) {
        double rate = nanoseconds > 0 ? progress.done() * (double) SECOND / nanoseconds : 0;
        StringBuilder pace = new StringBuilder(format("  %,.0f %s/s", rate, progress.unit()));
        long left = progress.total() - progress.done();
        if (left > 0 && rate > 0) {
            pace.append("  ").append(time(Math.ceil(left / rate), "%.0f s")).append(" left");
        }
        progress.values().forEach((name, value) -> pace.append("  ").append(name).append(' ').append(value(name, value)));
        return pace.toString();
    }

    @Override
    public synchronized void say(String line) {
        said.append(line).append('\n');
        print("  " + line);
    }

    @Override
    public synchronized void stageFinished(String stage, String place, StageResult result, Duration took, boolean reused) {
        StringBuilder line = new StringBuilder(format("%-16s %10s", stage, reused ? "kept" : time(took.toNanos() / (double) SECOND, "%.1f s")));
        new TreeMap<>(result.variables()).forEach((name, value) -> {
            if (texts(name, value).stream().noneMatch(text -> said.indexOf(text) >= 0)) {
                line.append("  ").append(name).append(' ').append(texts(name, value).get(0));
            }
        });
        print(line.toString());
    }

    private void print(String line) {
        clearBar();
        out.println(line);
        out.flush();
        lastHeard = clock.getAsLong();
        lastShown = lastHeard;
    }

    /** Leaves a clean line for whoever writes next. */
    synchronized void clearBar() {
        if (barStands) {
            out.print(CLEAR);
            out.flush();
            barStands = false;
        }
    }

    /** How a variable may be written: as it is shown here, then as a stage may have said it. */
    private static List<String> texts(String name, Object value) {
        if (!(value instanceof Number)) {
            return List.of(String.valueOf(value));
        }
        double number = ((Number) value).doubleValue();
        String other = SHARES.contains(name) ? format("%.1f %%", 100 * number) : format("%.4f", number);
        return List.of(value(name, number), other);
    }

    private static String value(String name, double value) {
        return SHARES.contains(name) ? format("%.2f %%", 100 * value) : format("%.4g", value);
    }

    private static String time(double seconds, String underAMinute) {
        if (seconds < 60) {
            return format(underAMinute, seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600 ? format("%d min %02d s", whole / 60, whole % 60) : format("%d h %02d min", whole / 3600, whole % 3600 / 60);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
