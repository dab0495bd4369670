package io.espalier.plugins.models;

import io.espalier.api.InputException;
import io.jhdf.GlobalHeap;
import io.jhdf.Superblock;
import io.jhdf.Utils;
import io.jhdf.exceptions.HdfException;
import io.jhdf.storage.HdfBackingStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * An HDF5 file, read through the parts of jhdf that parse its structures. The storage below them gives nothing but
 * slices of the file itself, within its bounds, and only so many: a hostile file can make the parser neither allocate by
 * a claimed size nor go round in circles, which jhdf's own file object allows.
 */
final class Hdf5File implements HdfBackingStorage {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

    /** VGG16 with its top takes about 2,500, DenseNet121 about 20,000. */
    private static final int MOST_READS = 200_000;

    /** What the structures may take of the file's bytes over and over, before they are taken to be hostile. */
    private static final int MOST_PASSES = 16;

    private static final long FEW_BYTES = 1 << 20;

    private final Path file;
    private final ByteBuffer bytes;
    private final Superblock superblock;
    private int reads;
    private long bytesRead;
    private long weightBytes;
    private GlobalHeap heap;
    private long heapAddress;

    private Hdf5File(Path file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes;
        this.superblock = parsed(() -> Superblock.readSuperblock(bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN)));
        if (superblock.getBaseAddressByte() != 0) {
            throw refusal("begins its addresses at byte " + superblock.getBaseAddressByte() + " instead of 0", null);
        }
        if (superblock.getEndOfFileAddress() > bytes.capacity()) {
            throw refusal("is truncated: it has " + bytes.capacity() + " bytes where its header says "
                    + superblock.getEndOfFileAddress(), null);
        }
    }

    /** Whether the file begins as HDF5 files do. */
    static boolean accepts(Path file) throws IOException {
        return Arrays.equals(Prefix.of(file, SIGNATURE.length), SIGNATURE);
    }

    static Hdf5File open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new InputException(file + " has " + channel.size() + " bytes; HDF5 files up to 2 GB are read."
                        + " Save the weights of one network only, without the optimizer's state");
            }
            return new Hdf5File(file, channel.map(MapMode.READ_ONLY, 0, channel.size()));
        }
    }

    /**
     * A file within another one.
     *
     * @param file that one, for messages
     */
    static Hdf5File within(Path file, byte[] bytes) {
        return new Hdf5File(file, ByteBuffer.wrap(bytes).asReadOnlyBuffer());
    }

    Path file() {
        return file;
    }

    Hdf5Group root() {
        long address = superblock instanceof Superblock.SuperblockV0V1 old
                ? parsed(() -> new io.jhdf.SymbolTableEntry(this, old.getRootGroupSymbolTableAddress()).getObjectHeaderAddress())
                : ((Superblock.SuperblockV2V3) superblock).getRootGroupObjectHeaderAddress();
        return new Hdf5Group(this, "", address);
    }

    /** What a step of jhdf's parser gives; whatever it meets in a damaged file becomes a refusal. */
    <T> T parsed(Supplier<T> step) {
        try {
            return step.get();
        } catch (InputException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            // Structures that contain themselves end in a stack overflow; every other damage in some RuntimeException.
            throw refusal("is damaged: its HDF5 structures cannot be read (" + Causes.first(e) + ")", e);
        }
    }

    InputException refusal(String what, Throwable cause) {
        return new InputException(file + " " + what + ". Get the file again, or save it again by Keras", cause);
    }

    /** What a reference of a text into a heap (length, address, number) refers to; jhdf would read the heap for each anew. */
    ByteBuffer heapData(ByteBuffer reference) {
        int length = Utils.readBytesAsUnsignedInt(reference, Integer.BYTES);
        long address = Utils.readBytesAsUnsignedLong(reference, getSizeOfOffsets());
        int number = Utils.readBytesAsUnsignedInt(reference, Integer.BYTES);
        if (length == 0) {
            return ByteBuffer.allocate(0);
        }
        if (heap == null || heapAddress != address) {
            heap = new GlobalHeap(this, address);
            heapAddress = address;
        }
        ByteBuffer data = heap.getObjectData(number);
        return data.limit(Math.min(data.limit(), length));
    }

    /**
     * Bytes of a data set. All data sets together cannot be longer than the file: one that names the same bytes for many
     * weights would make much of little.
     */
    ByteBuffer weights(long address, long length) {
        weightBytes += length;
        if (length > bytes.capacity() || weightBytes > bytes.capacity()) {
            throw new HdfException("its weights claim more bytes than it has");
        }
        return map(address, length);
    }

    @Override
    public ByteBuffer readBufferFromAddress(long address, int length) {
        return map(address, length);
    }

    @Override
    public ByteBuffer map(long address, long length) {
        return mapNoOffset(address, length);
    }

    @Override
    public ByteBuffer mapNoOffset(long address, long length) {
        if (address < 0 || length < 0 || address > bytes.capacity() - length) {
            throw new HdfException("it points to " + length + " bytes at " + address + ", beyond its end at " + bytes.capacity());
        }
        // Bytes as well as reads: a parser that goes through a block of gigabytes for each of many references is no better
        // than one that never ends.
        bytesRead += length;
        if (++reads > MOST_READS || bytesRead > MOST_PASSES * (FEW_BYTES + bytes.capacity())) {
            throw new HdfException("its structures refer to each other without end");
        }
        return bytes.slice((int) address, (int) length).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long getUserBlockSize() {
        return 0;
    }

    @Override
    public Superblock getSuperblock() {
        return superblock;
    }

    @Override
    public FileChannel getFileChannel() {
        throw new HdfException("the file is read through a mapping");
    }

    @Override
    public int getSizeOfOffsets() {
        return superblock.getSizeOfOffsets();
    }

    @Override
    public int getSizeOfLengths() {
        return superblock.getSizeOfLengths();
    }

    @Override
    public void close() {
        // A mapping holds no file descriptor.
    }

    @Override
    public long size() {
        return bytes.capacity();
    }

    @Override
    public boolean inMemory() {
        return true;
    }
}
