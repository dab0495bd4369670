package io.espalier.plugins.models;

import io.jhdf.ObjectHeader;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FloatingPoint;
import io.jhdf.object.message.DataLayoutMessage;
import io.jhdf.object.message.DataLayoutMessage.ContiguousDataLayoutMessage;
import io.jhdf.object.message.DataSpaceMessage;
import io.jhdf.object.message.DataTypeMessage;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A data set of float32 numbers in an HDF5 file, stored in one piece, as Keras writes weights. */
final class Hdf5Dataset {

    private final Hdf5File file;
    private final String path;
    private final ObjectHeader header;
    private final int[] shape;

    Hdf5Dataset(Hdf5File file, String path, long address) {
        this.file = file;
        this.path = path;
        this.header = file.parsed(() -> ObjectHeader.readObjectHeader(file, address));
        this.shape = file.parsed(() -> header.getMessageOfType(DataSpaceMessage.class).getDataSpace().getDimensions());
    }

    String path() {
        return path;
    }

    /** Its extents, outermost first. */
    int[] shape() {
        return shape.clone();
    }

    /**
     * Its numbers, the last index fastest: as many are allocated as the shape claims, once that many are known to be in the
     * file.
     */
    float[] floats() {
        requireFloat32();
        DataLayoutMessage layout = file.parsed(() -> header.getMessageOfType(DataLayoutMessage.class));
        if (!(layout instanceof ContiguousDataLayoutMessage contiguous)) {
            throw file.refusal("stores '" + path + "' in chunks (compressed, perhaps); read are weights stored in one piece,"
                    + " as Keras saves them. h5repack -l CONTI -f NONE makes them so", null);
        }
        float[] all = file.parsed(() -> {
            long bytes = Math.multiplyExact(length(), (long) Float.BYTES);
            ByteBuffer data = file.weights(contiguous.getAddress(), bytes);
            float[] numbers = new float[(int) (bytes / Float.BYTES)];
            data.order(((FloatingPoint) type()).getByteOrder()).asFloatBuffer().get(numbers);
            return numbers;
        });
        requireFinite(all);
        return all;
    }

    private void requireFinite(float[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            if (!Float.isFinite(numbers[i])) {
                throw file.refusal("holds " + numbers[i] + " as number " + i + " of '" + path + "', which no trained network does", null);
            }
        }
    }

    private long length() {
        return Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
    }

    private void requireFloat32() {
        DataType type = file.parsed(this::type);
        if (!(type instanceof FloatingPoint) || type.getSize() != Float.BYTES) {
            throw file.refusal("stores '" + path + "' as " + type.getClass().getSimpleName() + " of " + type.getSize()
                    + " bytes instead of float32", null);
        }
    }

    private DataType type() {
        return header.getMessageOfType(DataTypeMessage.class).getDataType();
    }
}
