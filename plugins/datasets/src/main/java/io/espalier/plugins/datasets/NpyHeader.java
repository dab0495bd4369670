package io.espalier.plugins.datasets;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Header of an array as NumPy saves it. Source: NumPy Enhancement Proposal 1.
 *
 * @param type NumPy's name of byte order, kind and size of a value, as {@code |u1} or {@code <i8}
 * @param columnsFirst whether the first index runs fastest (Fortran order)
 * @param shape length of each dimension
 * @param length bytes of the header
 */
record NpyHeader(String type, boolean columnsFirst, long[] shape, int length) {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST = 1 << 16;
    private static final int LONGEST_SHOWN = 100;
    private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([^']{1,16})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9, ]*)\\)");

    /**
     * Reads up to the first value.
     *
     * @throws IOException when that is no header of an array of numbers; the message goes after the array's name
     */
    static NpyHeader read(DataInputStream in) throws IOException {
        if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
            throw new IOException("does not begin as a NumPy array");
        }
        int version = in.readUnsignedByte();
        in.readUnsignedByte();
        boolean shortLength = version == 1;
        if (version < 1 || version > 3) {
            throw new IOException("is of version " + version + " of NumPy's format; 1 to 3 are known");
        }
        int text = shortLength ? Short.toUnsignedInt(Short.reverseBytes(in.readShort())) : Integer.reverseBytes(in.readInt());
        if (text < 0 || text > LONGEST) {
            throw new IOException("claims a header of " + Integer.toUnsignedString(text) + " bytes");
        }
        byte[] header = new byte[text];
        in.readFully(header);
        return parse(new String(header, StandardCharsets.UTF_8), MAGIC.length + 2 + (shortLength ? 2 : 4) + text);
    }

    private static NpyHeader parse(String header, int length) throws IOException {
        long[] shape;
        try {
            shape = Arrays.stream(find(SHAPE, header).split(","))
                    .map(String::strip)
                    .filter(number -> !number.isEmpty())
                    .mapToLong(Long::parseLong)
                    .toArray();
        } catch (NumberFormatException problem) {
            throw new IOException("has a header that cannot be read: " + problem.getMessage(), problem);
        }
        return new NpyHeader(find(TYPE, header), find(ORDER, header).equals("True"), shape, length);
    }

    private static String find(Pattern pattern, String header) throws IOException {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            String start = header.strip();
            throw new IOException("has a header that cannot be read: " + start.substring(0, Math.min(start.length(), LONGEST_SHOWN)));
        }
        return matcher.group(1);
    }

    /** The shape as NumPy writes it. */
    String shapeText() {
        return Arrays.toString(shape);
    }
}
