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
import io.jhdf.object.message.AttributeMessage;
import io.jhdf.object.message.LinkInfoMessage;
import io.jhdf.object.message.LinkMessage;
import io.jhdf.object.message.SymbolTableMessage;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

    /** A group within this one. Throws an InputException when there is none of that name. */
    Hdf5Group group(String name) {
        return new Hdf5Group(file, path + "/" + name, address(name));
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

    /** Texts of an attribute, one for a scalar one; empty if the group has no such attribute. */
    Optional<List<String>> strings(String attribute) {
        return file.parsed(() -> header.getMessagesOfType(AttributeMessage.class).stream()
                .filter(message -> message.getName().equals(attribute))
                .findFirst()
                .map(this::strings));
    }

    private List<String> strings(AttributeMessage attribute) {
        ByteBuffer data = attribute.getDataBuffer();
        if (data == null) {
            return List.of();
        }
        int[] dimensions = attribute.getDataSpace().getDimensions();
        Object value = DatasetReader.readDataset(attribute.getDataType(), data, dimensions, file);
        if (value instanceof String text) {
            return List.of(text);
        }
        if (value instanceof String[] texts) {
            return List.of(texts);
        }
        // Keras writes an empty list of weight names as an array of no numbers.
        if (value.getClass().isArray() && Array.getLength(value) == 0) {
            return List.of();
        }
        throw new HdfException("attribute '" + attribute.getName() + "' holds no texts");
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
