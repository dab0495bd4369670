package io.espalier.routes.cli;

import io.espalier.api.Progress;
import io.espalier.run.RunListener;
import io.espalier.run.StageResult;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Tells a person what a run is doing: one line for every finished stage, and how far a long step is. On a terminal that is
 * a bar rewritten in place; elsewhere a plain line, every ten seconds at most.
 */
final class Watch implements RunListener {

    private static final long SECOND = 1_000_000_000L;
    private static final long PLAIN_EVERY = 10 * SECOND;
    private static final long BAR_EVERY = SECOND / 10;
    private static final int BAR = 20;
    private static final String CLEAR = "\r\u001b[K";

    /** Shares are shown in percent. */
    private static final List<String> SHARES = List.of("accuracy", "balancedAccuracy", "reduction");

    private final PrintWriter out;
    private final boolean terminal;
    private final LongSupplier clock;
    private String stage = "";
    private String step = "";
    private long stepBegan;
    private long lastShown;
    private boolean barStands;

    /** @param clock nanoseconds */
    Watch(PrintWriter out, boolean terminal, LongSupplier clock) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
    }

    /** One that says nothing. */
    static Watch quiet() {
        return new Watch(new PrintWriter(Writer.nullWriter()), false, System::nanoTime);
    }

    @Override
    public synchronized void stageStarted(String stage, String place) {
        this.stage = stage;
        this.step = "";
    }

    @Override
    public synchronized void progress(Progress progress) {
        long now = clock.getAsLong();
        if (!progress.step().equals(step)) {
            step = progress.step();
            stepBegan = now;
            lastShown = now;
        }
        boolean last = progress.total() > 0 && progress.done() >= progress.total();
        if (!last && now - lastShown < (terminal ? BAR_EVERY : PLAIN_EVERY)) {
            return;
        }
        lastShown = now;
        String line = describe(progress, now - stepBegan);
        if (terminal) {
            out.print(CLEAR + line);
            out.flush();
            barStands = true;
        } else {
            out.println(line);
        }
    }

    private String describe(Progress progress, long nanoseconds) {
        double seconds = Math.max(1e-9, (double) nanoseconds / SECOND);
        double rate = progress.done() / seconds;
        StringBuilder line = new StringBuilder("  ").append(stage).append("  ").append(progress.step());
        if (terminal && progress.total() > 0) {
            int full = (int) (BAR * Math.min(progress.done(), progress.total()) / progress.total());
            line.append("  [").append("#".repeat(full)).append(" ".repeat(BAR - full)).append(']');
        }
        line.append(format("  %,d/%,d %s  %.0f %s/s", progress.done(), progress.total(), progress.unit(), rate, progress.unit()));
        progress.values().forEach((name, value) -> line.append("  ").append(name).append(' ').append(value(name, value)));
        long left = progress.total() - progress.done();
        if (left > 0 && rate > 0) {
            line.append("  ").append(time(left / rate)).append(" left");
        }
        return line.toString();
    }

    @Override
    public synchronized void say(String line) {
        clearBar();
        out.println("  " + line);
    }

    @Override
    public synchronized void stageFinished(String stage, String place, StageResult result, Duration took, boolean reused) {
        clearBar();
        StringBuilder line = new StringBuilder(format("%-16s %10s", stage, reused ? "kept" : time(took.toNanos() / (double) SECOND)));
        for (Map.Entry<String, Object> variable : new java.util.TreeMap<>(result.variables()).entrySet()) {
            if (variable.getValue() instanceof Number number) {
                line.append("  ").append(variable.getKey()).append(' ').append(value(variable.getKey(), number.doubleValue()));
            } else if (variable.getValue() instanceof CharSequence || variable.getValue() instanceof Boolean) {
                line.append("  ").append(variable.getKey()).append(' ').append(variable.getValue());
            }
        }
        out.println(line);
        out.flush();
    }

    /** Leaves a clean line for whoever writes next. */
    synchronized void clearBar() {
        if (barStands) {
            out.print(CLEAR);
            out.flush();
            barStands = false;
        }
    }

    private static String value(String name, double value) {
        return SHARES.contains(name) ? format("%.2f %%", 100 * value) : format("%.4g", value);
    }

    private static String time(double seconds) {
        if (seconds < 60) {
            return format("%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600 ? format("%d min %02d s", whole / 60, whole % 60) : format("%d h %02d min", whole / 3600, whole % 3600 / 60);
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
