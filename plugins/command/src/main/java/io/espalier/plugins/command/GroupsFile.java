package io.espalier.plugins.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.espalier.network.Network;
import io.espalier.network.Selection;
import io.espalier.network.UnitGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What a program is told of the groups: in terms of layers and channels, so that it needs to know nothing of how Espalier keeps weights. */
final class GroupsFile {

    private GroupsFile() {}

    static void write(Path file, String network, List<UnitGroup> groups, Network of, Selection selection, int seed) throws IOException {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("format", "espalier-groups");
        content.put("version", 1);
        content.put("network", network);
        content.put("input", of.preprocessing().input());
        content.put("classes", of.classes().size());
        content.put("seed", seed);
        content.put("selection", selection(selection));
        content.put("groups", selection.competing(groups).stream().map(GroupsFile::group).toList());
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), content);
    }

    private static Map<String, Object> selection(Selection selection) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("of", word(selection.of()));
        content.put("amount", selection.amount());
        content.put("scope", word(selection.scope()));
        content.put("floor", selection.floor());
        content.put("multiple", selection.multiple());
        return content;
    }

    private static Map<String, Object> group(UnitGroup group) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("group", group.name());
        content.put("size", group.size());
        content.put("parameters", group.cost().parameters());
        content.put("flops", group.cost().flops());
        List<Map<String, Object>> members = new ArrayList<>();
        group.members().stream().filter(GroupsFile::isTold).map(GroupsFile::member).forEach(members::add);
        content.put("members", members);
        return content;
    }

    /** Shifts and statistics lie where their layers' kernels and scales do. */
    private static boolean isTold(UnitGroup.Member member) {
        return member.role() == UnitGroup.Role.KERNEL || member.role() == UnitGroup.Role.READER || member.role() == UnitGroup.Role.SCALE;
    }

    private static Map<String, Object> member(UnitGroup.Member member) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("layer", member.layer());
        content.put("role", word(member.role()));
        content.put("channels", IntStream.range(0, member.count()).mapToObj(unit -> channels(member, unit)).toList());
        return content;
    }

    /** Channels that the layer gives; of a reader those that it reads. A depthwise kernel is kept by the channel that it reads. */
    private static List<Long> channels(UnitGroup.Member member, int unit) {
        LongStream positions = LongStream.of(member.positions(unit));
        boolean depthwise = member.role() == UnitGroup.Role.KERNEL && member.tensor().rank() == 4 && member.dimension() == 2;
        long multiplier = depthwise ? member.tensor().size(3) : 1;
        return positions.flatMap(p -> LongStream.range(p * multiplier, (p + 1) * multiplier)).boxed().toList();
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
