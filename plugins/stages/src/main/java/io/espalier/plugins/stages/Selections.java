package io.espalier.plugins.stages;

import io.espalier.api.InputException;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Selections as the options of stages say them. */
final class Selections {

    private Selections() {}

    /** @param below the score under which units go, with {@code of=threshold} */
    static Selection of(
            Selection.Of of, double fraction, Optional<Double> below, Selection.Scope scope, Selection.Normalise normalise,
            double costExponent, double floor, int multiple) {
        if (of == Selection.Of.THRESHOLD && below.isEmpty()) {
            throw new InputException("of=threshold needs below=, the normalised score under which units go");
        }
        return new Selection(of, of == Selection.Of.THRESHOLD ? below.get() : fraction, scope, normalise, costExponent, floor, multiple);
    }

    /**
     * The selection without the groups that are to be left whole.
     *
     * @param names of groups, {@code *} for any letters
     */
    static Selection keeping(List<String> names, List<UnitGroup> groups, Selection selection) {
        Set<String> whole = new TreeSet<>();
        for (String name : names) {
            Pattern pattern = Pattern.compile(Arrays.stream(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
            List<String> meant = groups.stream().map(UnitGroup::name).filter(group -> pattern.matcher(group).matches()).toList();
            if (meant.isEmpty()) {
                throw new InputException("keep=" + name + " is no layer whose channels could go; these are "
                        + groups.stream().map(UnitGroup::name).toList());
            }
            whole.addAll(meant);
        }
        return new Selection(
                selection.of(), selection.amount(), selection.scope(), selection.normalise(), selection.costExponent(), selection.floor(),
                selection.multiple(), whole);
    }
}
