package io.espalier.plugins.models;

import io.jhdf.Constants;
import io.jhdf.GroupSymbolTableNode;
import io.jhdf.LocalHeap;
import io.jhdf.ObjectHeader;
import io.jhdf.SymbolTableEntry;
import io.jhdf.Utils;
import io.jhdf.btree.BTreeV1;
import io.jhdf.dataset.DatasetReader;
import io.jhdf.exceptions.HdfException;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.StringData;
import io.jhdf.object.datatype.VariableLength;
import io.jhdf.object.message.AttributeMessage;
import io.jhdf.object.message.LinkInfoMessage;
import io.jhdf.object.message.LinkMessage;
import io.jhdf.object.message.SymbolTableMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A group of an HDF5 file. Soft and external links are not followed: Keras writes none, and an external one would read
 * another file.
 */
final class Hdf5Group {

    /** A symbol table entry of a hard link has cache type 0, or 1 for a group; 2 is a soft link. */
    private static final int LAST_HARD_LINK = 1;

    private final Hdf5File file;
    private final String path;
    private final ObjectHeader header;
    private Map<String, Long> members;

    Hdf5Group(Hdf5File file, String path, long address) {
        this.file = file;
        this.path = path;
        this.header = file.parsed(() -> ObjectHeader.readObjectHeader(file, address));
    }

    Hdf5File file() {
        return file;
    }

    /** A group within this one or below it, {@code a/b/c}. Throws an InputException when there is none of that name. */
    Hdf5Group group(String name) {
        int slash = name.indexOf('/');
        return slash < 0
                ? new Hdf5Group(file, path + "/" + name, address(name))
                : group(name.substring(0, slash)).group(name.substring(slash + 1));
    }

    /** Whether something of that name is within this group; not below it. */
    boolean has(String name) {
        return members().containsKey(name);
    }

    /** Names of what is within this group. */
    Set<String> names() {
        return Collections.unmodifiableSet(members().keySet());
    }

    String path() {
        return path;
    }

    /** A data set within this group or below it, {@code a/b/c}. Throws an InputException when there is none. */
    Hdf5Dataset dataset(String name) {
        int slash = name.indexOf('/');
        return slash < 0
                ? new Hdf5Dataset(file, path + "/" + name, address(name))
                : group(name.substring(0, slash)).dataset(name.substring(slash + 1));
    }

    private long address(String name) {
        Long address = members().get(name);
        if (address == null) {
            throw file.refusal("has no '" + path + "/" + name + "'", null);
        }
        return address;
    }

    /**
     * Texts of an attribute, one for a scalar one; empty if the group has no such attribute. An attribute of more than 64
     * kB is in pieces: {@code name0}, {@code name1} and so on, as Keras divides it.
     */
    Optional<List<String>> strings(String attribute) {
        return file.parsed(() -> {
            Optional<List<String>> whole = piece(attribute);
            if (whole.isPresent()) {
                return whole;
            }
            List<String> all = new ArrayList<>();
            int number = 0;
            for (Optional<List<String>> piece = piece(attribute + number); piece.isPresent(); piece = piece(attribute + ++number)) {
                all.addAll(piece.get());
            }
            return number == 0 ? Optional.empty() : Optional.of(all);
        });
    }

    private Optional<List<String>> piece(String attribute) {
        return header.getMessagesOfType(AttributeMessage.class).stream()
                .filter(message -> message.getName().equals(attribute))
                .findFirst()
                .map(this::strings);
    }

    /** jhdf allocates by the claimed dimensions, so these are compared with what is there before it is asked. */
    private List<String> strings(AttributeMessage attribute) {
        ByteBuffer data = attribute.getDataBuffer();
        if (data == null) {
            // Keras writes an empty list of weight names as an array of no numbers.
            return List.of();
        }
        long elements = attribute.getDataSpace().getTotalLength();
        DataType type = attribute.getDataType();
        boolean text = type instanceof StringData || type instanceof VariableLength vary && vary.isVariableLengthString();
        if (!text || type.getSize() < 1 || Math.multiplyExact(elements, (long) type.getSize()) > data.remaining()) {
            throw new HdfException("attribute '" + attribute.getName() + "' holds no texts");
        }
        List<String> texts = new ArrayList<>();
        long length = 0;
        for (int i = 0; i < elements; i++) {
            ByteBuffer element = data.slice(i * type.getSize(), type.getSize()).order(ByteOrder.LITTLE_ENDIAN);
            String value = type instanceof VariableLength vary
                    ? vary.getEncoding().decode(file.heapData(element)).toString()
                    : (String) DatasetReader.readDataset(type, element, new int[0], file);
            length += value.length();
            if (length > file.size()) {
                throw new HdfException("attribute '" + attribute.getName() + "' names the same text again and again");
            }
            texts.add(value);
        }
        return texts;
    }

    private Map<String, Long> members() {
        if (members == null) {
            members = file.parsed(() -> header.hasMessageOfType(SymbolTableMessage.class) ? symbols() : links());
        }
        return members;
    }

    /** Members of a group as h5py writes it by default. */
    private Map<String, Long> symbols() {
        SymbolTableMessage table = header.getMessageOfType(SymbolTableMessage.class);
        ByteBuffer names = new LocalHeap(file, table.getLocalHeapAddress()).getDataBuffer();
        Map<String, Long> found = new LinkedHashMap<>();
        for (long node : BTreeV1.createGroupBTree(file, table.getBTreeAddress()).getChildAddresses()) {
            for (SymbolTableEntry entry : new GroupSymbolTableNode(file, node).getSymbolTableEntries()) {
                if (entry.getCacheType() <= LAST_HARD_LINK) {
                    found.put(Utils.readUntilNull(names.duplicate().position(entry.getLinkNameOffset())), entry.getObjectHeaderAddress());
                }
            }
        }
        return found;
    }

    /** Members of a group of the newer format, as long as they are kept in the group's header. */
    private Map<String, Long> links() {
        if (!header.hasMessageOfType(LinkInfoMessage.class)) {
            throw new HdfException("'" + path + "' is no group");
        }
        if (header.getMessageOfType(LinkInfoMessage.class).getBTreeNameIndexAddress() != Constants.UNDEFINED_ADDRESS) {
            throw new HdfException("group '" + path + "' keeps its members in a heap, which is not known here");
        }
        Map<String, Long> found = new LinkedHashMap<>();
        for (LinkMessage link : header.getMessagesOfType(LinkMessage.class)) {
            if (link.getLinkType() == LinkMessage.LinkType.HARD) {
                found.put(link.getLinkName(), link.getHardLinkAddress());
            }
        }
        return found;
    }
}
