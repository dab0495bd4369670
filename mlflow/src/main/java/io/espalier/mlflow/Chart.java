package io.espalier.mlflow;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/**
 * A drawing of values, as PNG.
 *
 * @param title above it
 * @param across what goes from left to right
 * @param up what goes from bottom to top
 * @param series to draw
 * @param labels of whole numbers from 0 across; empty for an axis of numbers
 */
record Chart(String title, String across, String up, List<Series> series, List<String> labels) {

    /** Points in order, joined by a line; with labels across: bars. */
    record Series(String name, double[] x, double[] y) {}

    private static final int WIDTH = 960;
    private static final int HEIGHT = 600;
    private static final int LEFT = 90;
    private static final int TOP = 56;
    private static final int RIGHT = 30;
    private static final int TICKS = 6;
    private static final Color INK = new Color(0x22, 0x22, 0x22);
    private static final Color GRID = new Color(0xe2, 0xe2, 0xe2);
    /** Told apart by people who do not see red and green, too. Source: Okabe and Ito, 2008. */
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072b2), new Color(0xd55e00), new Color(0x009e73), new Color(0xcc79a7), new Color(0xe69f00), new Color(0x56b4e9), new Color(0x000000));

    byte[] png() {
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        try {
            g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            new Drawing(g).draw();
        } finally {
            g.dispose();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** From where to where an axis goes, and in which steps. */
    private record Axis(double from, double to, double step) {

        static Axis of(double least, double most) {
            double spread = most > least ? most - least : Math.max(Math.abs(most), 1) / 2;
            double raw = spread / TICKS;
            double power = Math.pow(10, Math.floor(Math.log10(raw)));
            double step = power * (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10);
            return new Axis(Math.floor(least / step) * step, Math.ceil((most > least ? most : least + spread) / step) * step, step);
        }

        double share(double value) {
            return (value - from) / (to - from);
        }

        int ticks() {
            return (int) Math.round((to - from) / step);
        }

        String tick(int number) {
            double value = from + number * step;
            int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
            return decimals > 4 ? String.format(Locale.ROOT, "%.1e", value) : String.format(Locale.ROOT, "%,." + decimals + "f", value);
        }
    }

    private final class Drawing {

        private final Graphics2D g;
        private final Axis x;
        private final Axis y;
        private final int bottom = HEIGHT - (labels.isEmpty() ? 74 : 150);
        private final int right = WIDTH - RIGHT;

        Drawing(Graphics2D g) {
            this.g = g;
            double[] xs = series.stream().flatMapToDouble(s -> Arrays.stream(s.x())).toArray();
            double[] ys = series.stream().flatMapToDouble(s -> Arrays.stream(s.y())).filter(Double::isFinite).toArray();
            this.x = Axis.of(Arrays.stream(xs).min().orElse(0), Arrays.stream(xs).max().orElse(1));
            this.y = Axis.of(labels.isEmpty() ? Arrays.stream(ys).min().orElse(0) : 0, Arrays.stream(ys).max().orElse(1));
        }

        void draw() {
            g.setColor(Color.WHITE);
            g.fillRect(0, 0, WIDTH, HEIGHT);
            font(Font.BOLD, 18);
            text(title, LEFT, 32);
            grid();
            for (int i = 0; i < series.size(); i++) {
                g.setColor(colour(i));
                if (labels.isEmpty()) {
                    line(series.get(i));
                } else {
                    bars(series.get(i), i);
                }
            }
            legend();
        }

        private Color colour(int i) {
            return COLOURS.get(i % COLOURS.size());
        }

        private void font(int style, int size) {
            g.setFont(new Font(Font.SANS_SERIF, style, size));
        }

        private void text(String text, int left, int base) {
            g.setColor(INK);
            g.drawString(text, left, base);
        }

        private void grid() {
            font(Font.PLAIN, 13);
            FontMetrics metrics = g.getFontMetrics();
            for (int i = 0; i <= y.ticks(); i++) {
                int at = (int) Math.round(bottom - (bottom - TOP) * (double) i / y.ticks());
                g.setColor(GRID);
                g.drawLine(LEFT, at, right, at);
                String tick = y.tick(i);
                text(tick, LEFT - 8 - metrics.stringWidth(tick), at + 5);
            }
            if (labels.isEmpty()) {
                for (int i = 0; i <= x.ticks(); i++) {
                    int at = (int) Math.round(LEFT + (right - LEFT) * (double) i / x.ticks());
                    g.setColor(GRID);
                    g.drawLine(at, TOP, at, bottom);
                    text(x.tick(i), at - metrics.stringWidth(x.tick(i)) / 2, bottom + 20);
                }
            } else {
                layers(metrics);
            }
            g.setColor(INK);
            g.drawLine(LEFT, bottom, right, bottom);
            g.drawLine(LEFT, TOP, LEFT, bottom);
            font(Font.PLAIN, 14);
            text(across, (LEFT + right - g.getFontMetrics().stringWidth(across)) / 2, HEIGHT - 16);
            g.rotate(-Math.PI / 2);
            text(up, -(TOP + bottom + g.getFontMetrics().stringWidth(up)) / 2, 20);
            g.rotate(Math.PI / 2);
        }

        /** Names are written upwards; of many only some. */
        private void layers(FontMetrics metrics) {
            double wide = (double) (right - LEFT) / labels.size();
            int every = (int) Math.ceil(16 / wide);
            for (int i = 0; i < labels.size(); i += every) {
                String label = labels.get(i);
                while (metrics.stringWidth(label) > 96 && label.length() > 2) {
                    label = label.substring(0, label.length() - 2) + "…";
                }
                int at = (int) Math.round(LEFT + (i + 0.5) * wide) + 5;
                g.rotate(-Math.PI / 2, at, bottom + 8);
                text(label, at - metrics.stringWidth(label), bottom + 8);
                g.rotate(Math.PI / 2, at, bottom + 8);
            }
        }

        private void line(Series s) {
            Path2D path = new Path2D.Double();
            boolean begun = false;
            for (int i = 0; i < s.x().length; i++) {
                if (!Double.isFinite(s.y()[i])) {
                    begun = false;
                    continue;
                }
                double px = LEFT + (right - LEFT) * x.share(s.x()[i]);
                double py = bottom - (bottom - TOP) * y.share(s.y()[i]);
                if (begun) {
                    path.lineTo(px, py);
                } else {
                    path.moveTo(px, py);
                }
                begun = true;
                if (s.x().length <= 60) {
                    g.fill(new Ellipse2D.Double(px - 4, py - 4, 8, 8));
                }
            }
            g.setStroke(new BasicStroke(2.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            g.draw(path);
            g.setStroke(new BasicStroke(1));
        }

        private void bars(Series s, int number) {
            double wide = (double) (right - LEFT) / labels.size();
            double bar = wide * 0.8 / series.size();
            for (int i = 0; i < s.x().length; i++) {
                double height = (bottom - TOP) * y.share(s.y()[i]);
                double left = LEFT + s.x()[i] * wide + wide * 0.1 + number * bar;
                g.fill(new Rectangle2D.Double(left, bottom - height, Math.max(1, bar - 0.5), height));
            }
        }

        private void legend() {
            font(Font.PLAIN, 14);
            FontMetrics metrics = g.getFontMetrics();
            int left = right;
            for (int i = series.size() - 1; i >= 0 && series.size() > 1; i--) {
                left -= metrics.stringWidth(series.get(i).name()) + 36;
                g.setColor(colour(i));
                g.fillRect(left, 21, 14, 14);
                text(series.get(i).name(), left + 20, 33);
            }
        }
    }
}
