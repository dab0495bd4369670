package io.espalier.catalog;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Options that stand behind the name of the extension that they are for, {@code plan?file=cut.json&…}, so that one parameter
 * of a pipeline chooses an extension with its options: {@code -p pruner=plan?file=cut.json}.
 */
final class InlineOptions {

    private InlineOptions() {}

    /** Each such value as the name alone, with the options beside it as {@code pruner.file}. */
    static Map<String, String> spread(Extension extension, Map<String, String> given) {
        Map<String, String> spread = new LinkedHashMap<>(given);
        for (OptionComponent component : OptionsRecord.components(extension.options())) {
            String text = given.getOrDefault(component.name(), "");
            int query = text.indexOf('?');
            if (component.point().isPresent() && query > 0) {
                spread.put(component.name(), text.substring(0, query));
                addTo(spread, component.name(), text.substring(query + 1));
            }
        }
        return spread;
    }

    private static void addTo(Map<String, String> spread, String option, String query) {
        for (String piece : query.split("&")) {
            int equals = piece.indexOf('=');
            if (equals <= 0) {
                throw new OptionException(option, "'" + piece + "' behind " + spread.get(option) + "? is no option; write option=value, with & between options");
            }
            String name = option + "." + piece.substring(0, equals);
            if (spread.put(name, piece.substring(equals + 1)) != null) {
                throw new OptionException(option, "'" + name + "' is given twice; leave one of the two out");
            }
        }
    }
}
