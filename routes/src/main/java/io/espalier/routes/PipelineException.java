package io.espalier.routes;

import io.espalier.api.InputException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** A pipeline that cannot run: everything that is wrong with it, in order of place. */
public class PipelineException extends InputException {

    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    public PipelineException(Collection<Problem> problems) {
        super(text(problems));
        this.problems = List.copyOf(problems);
    }

    public List<Problem> problems() {
        return problems;
    }

    private static String text(Collection<Problem> problems) {
        return problems.stream()
                .sorted(Comparator.comparing(Problem::place))
                .map(Problem::toString)
                .distinct()
                .collect(Collectors.joining("\n"));
    }
}
