package io.espalier.routes.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page that leads an author from nothing to a plugin in a pipeline: every command on it is typed, and says what the page
 * says, but for numbers. A line of dots on the page stands for any lines.
 */
class TenMinutesPageIT {

    private static final Path PAGE = Path.of("../plugins/README.md");
    private static final String SECTION = "## A criterion in ten minutes";
    private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path temporary;

    /** A command of the page, and what it is to say. */
    private record Typed(String line, List<String> said) {}

    private static List<Typed> typed() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(SECTION);
        assertThat(begin).as(SECTION).isNotNegative();
        int end = page.indexOf("\n## ", begin + 1);
        List<Typed> all = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(page.substring(begin, end < 0 ? page.length() : end));
        while (blocks.find()) {
            for (String line : blocks.group(1).split("\n")) {
                if (line.startsWith("$ ")) {
                    all.add(new Typed(line.substring(2), new ArrayList<>()));
                } else {
                    all.get(all.size() - 1).said().add(line);
                }
            }
        }
        return all;
    }

    @Test
    void everyCommandOfThePageSaysWhatThePageSays() throws IOException {
        AuthorsFolder author = new AuthorsFolder(temporary);
        String in = "";
        List<Typed> typed = typed();
        assertThat(typed).hasSizeGreaterThan(5);
        for (Typed command : typed) {
            if (command.line().startsWith("cd ")) {
                in = command.line().substring("cd ".length());
            } else {
                String said = author.type(in, command.line()).replace(author.repository().toString(), "~/.m2/repository");
                assertThat(masked(said).strip()).as(command.line()).matches(pattern(command.said()));
            }
        }
    }

    /** Numbers and the widths of columns are those of a machine and a run. */
    private static String masked(String text) {
        // How far a long step is, is said on a slow machine only.
        return text.replaceAll("(?m)^  [a-z-]+  .* left.*\n", "").replaceAll("\u001B\\[[;\\d]*m", "").replaceAll("\\d[\\d.,-]*", "#").replaceAll("[ \\t]+", " ").replaceAll(" ?\n ?", "\n");
    }

    private static Pattern pattern(List<String> lines) {
        StringBuilder pattern = new StringBuilder();
        for (String line : masked(String.join("\n", lines)).strip().split("\n")) {
            pattern.append(pattern.isEmpty() ? "" : "\\n").append(line.equals("...") ? "(?s:.*?)" : Pattern.quote(line));
        }
        return Pattern.compile(pattern.toString());
    }
}
