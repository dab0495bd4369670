package io.espalier.plugins.onnx.read;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Counts the messages of a file before they become objects: an empty one takes two bytes in the file and a hundred in
 * memory, so that a file of 100 MB could ask for gigabytes. Looks into those fields only of which there may be many.
 */
final class MessageCount {

    /** The largest networks have some thousands of operations with some ten messages each. */
    private static final int MOST = 500_000;

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    /** What is looked into: kind of message, by kind of message and number of field. */
    private static final Map<Kind, Map<Integer, Kind>> WITHIN = Map.of(
            Kind.MODEL, Map.of(7, Kind.GRAPH, 8, Kind.OTHER, 14, Kind.OTHER, 20, Kind.OTHER, 25, Kind.OTHER),
            Kind.GRAPH, Map.of(1, Kind.NODE, 5, Kind.TENSOR, 11, Kind.OTHER, 12, Kind.OTHER, 13, Kind.OTHER, 14, Kind.OTHER, 15, Kind.OTHER),
            Kind.NODE, Map.of(1, Kind.TEXT, 2, Kind.TEXT, 5, Kind.ATTRIBUTE),
            Kind.ATTRIBUTE, Map.of(5, Kind.TENSOR, 6, Kind.GRAPH, 9, Kind.TEXT, 10, Kind.TENSOR, 11, Kind.GRAPH, 22, Kind.OTHER,
                    23, Kind.OTHER, 15, Kind.OTHER),
            Kind.TENSOR, Map.of(6, Kind.TEXT, 13, Kind.OTHER),
            Kind.OTHER, Map.of(),
            Kind.TEXT, Map.of());

    private enum Kind { MODEL, GRAPH, NODE, ATTRIBUTE, TENSOR, OTHER, TEXT }

    /** A stretch of the file that holds one message. */
    private record Stretch(Kind kind, int from, int to) {}

    private final ByteBuffer bytes;
    private final Deque<Stretch> ahead = new ArrayDeque<>();
    private int at;
    private int count;

    private MessageCount(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** @throws IllegalArgumentException when there are too many, or the bytes are no messages at all */
    static void require(ByteBuffer bytes) {
        MessageCount all = new MessageCount(bytes);
        all.ahead.push(new Stretch(Kind.MODEL, 0, bytes.limit()));
        while (!all.ahead.isEmpty()) {
            all.walk(all.ahead.pop());
        }
    }

    private void walk(Stretch stretch) {
        at = stretch.from;
        while (at < stretch.to) {
            long tag = varint(stretch.to);
            switch ((int) (tag & 7)) {
                case VARINT -> varint(stretch.to);
                case FIXED64 -> skip(Long.BYTES, stretch.to);
                case FIXED32 -> skip(Integer.BYTES, stretch.to);
                case LENGTH_DELIMITED -> delimited(stretch, tag >>> 3);
                default -> throw new IllegalArgumentException("byte " + at + " begins no field");
            }
        }
    }

    private void delimited(Stretch stretch, long field) {
        long length = varint(stretch.to);
        int from = at;
        skip(length, stretch.to);
        // Within messages that are not looked into, each field counts: whatever they are, they become objects.
        Kind kind = field > Integer.MAX_VALUE ? null : WITHIN.get(stretch.kind).get((int) field);
        if (kind == null && stretch.kind != Kind.OTHER) {
            return;
        }
        if (++count > MOST) {
            throw new IllegalArgumentException("it holds more than " + MOST + " messages, which no network needs");
        }
        if (kind != null && kind != Kind.TEXT) {
            ahead.push(new Stretch(kind, from, at));
        }
    }

    private void skip(long length, int end) {
        if (length < 0 || length > end - at) {
            throw new IllegalArgumentException("byte " + at + " begins " + length + " bytes where " + (end - at) + " are left");
        }
        at += (int) length;
    }

    private long varint(int end) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (at >= end) {
                throw new IllegalArgumentException("it ends in the middle of a number, at byte " + at);
            }
            byte next = bytes.get(at++);
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("byte " + at + " is within a number that does not end");
    }
}
