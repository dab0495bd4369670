package io.espalier.plugins.onnx.read;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import onnx.OnnxMl.ModelProto;
import org.nd4j.shade.protobuf.ByteString;
import org.nd4j.shade.protobuf.Descriptors.FieldDescriptor;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;
import org.nd4j.shade.protobuf.Message;

/** Ways to damage an ONNX file: some that know nothing of it, some that change one field of one message. */
final class Mutation {

    private static final long[] NUMBERS = {
        0, 1, -1, 2, 3, 5, 7, 8, 16, 63, 64, 255, 256, 1 << 14, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE};
    private static final float[] FLOATS = {0, -1, 1e30f, 1e-30f, Float.NaN, Float.POSITIVE_INFINITY, 6};
    private static final String[] TEXTS = {
        "", "input", "output", "Conv", "Reshape", "Expand", "ConstantOfShape", "Range", "If", "Transpose", "Slice", "Pad", "Concat", "axes", "pads",
        "value", "perm", "SAME_UPPER", "SAME_LOWER", "../../etc/passwd", "location"};

    private final Random random;

    Mutation(long seed) {
        random = new Random(seed);
    }

    /** Some bytes changed, cut, doubled or moved; or a field or two changed. */
    byte[] of(byte[] original) {
        return switch (random.nextInt(8)) {
            case 0 -> Arrays.copyOf(original, random.nextInt(original.length));
            case 1 -> flipped(original);
            case 2 -> spliced(original);
            default -> reworded(original);
        };
    }

    private byte[] flipped(byte[] original) {
        byte[] bytes = original.clone();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /** A stretch of it put in somewhere else. */
    private byte[] spliced(byte[] original) {
        int from = random.nextInt(original.length);
        int length = 1 + random.nextInt(Math.min(512, original.length - from));
        int at = random.nextInt(original.length);
        byte[] bytes = Arrays.copyOf(original, original.length + length);
        System.arraycopy(original, at, bytes, at + length, original.length - at);
        System.arraycopy(original, from, bytes, at, length);
        return bytes;
    }

    private byte[] reworded(byte[] original) {
        try {
            ModelProto.Builder model = ModelProto.parseFrom(original).toBuilder();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                List<Message.Builder> all = new ArrayList<>();
                collect(model, all);
                change(all.get(random.nextInt(all.size())), all);
            }
            return model.build().toByteArray();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the original is sound", e);
        }
    }

    private static void collect(Message.Builder message, List<Message.Builder> all) {
        all.add(message);
        for (FieldDescriptor field : message.getAllFields().keySet()) {
            if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
                continue;
            }
            if (field.isRepeated()) {
                for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
                    collect(message.getRepeatedFieldBuilder(field, i), all);
                }
            } else {
                collect(message.getFieldBuilder(field), all);
            }
        }
    }

    private void change(Message.Builder message, List<Message.Builder> all) {
        List<FieldDescriptor> fields = random.nextInt(4) == 0
                ? message.getDescriptorForType().getFields()
                : List.copyOf(message.getAllFields().keySet());
        if (fields.isEmpty()) {
            return;
        }
        FieldDescriptor field = fields.get(random.nextInt(fields.size()));
        if (field.isRepeated()) {
            changeRepeated(message, field, all);
        } else if (random.nextInt(6) == 0) {
            message.clearField(field);
        } else {
            message.setField(field, value(message, field, all));
        }
    }

    private void changeRepeated(Message.Builder message, FieldDescriptor field, List<Message.Builder> all) {
        int count = message.getRepeatedFieldCount(field);
        switch (random.nextInt(4)) {
            case 0 -> message.addRepeatedField(field, value(message, field, all));
            case 1 -> {
                if (count > 0) {
                    message.addRepeatedField(field, message.getRepeatedField(field, random.nextInt(count)));
                }
            }
            case 2 -> {
                List<Object> left = new ArrayList<>((List<?>) message.getField(field));
                if (count > 0) {
                    left.remove(random.nextInt(count));
                    message.clearField(field);
                    left.forEach(element -> message.addRepeatedField(field, element));
                }
            }
            default -> {
                if (count > 0) {
                    message.setRepeatedField(field, random.nextInt(count), value(message, field, all));
                }
            }
        }
    }

    private Object value(Message.Builder message, FieldDescriptor field, List<Message.Builder> all) {
        return switch (field.getJavaType()) {
            case INT -> (int) number();
            case LONG -> number();
            case FLOAT -> FLOATS[random.nextInt(FLOATS.length)];
            case DOUBLE -> (double) FLOATS[random.nextInt(FLOATS.length)];
            case BOOLEAN -> random.nextBoolean();
            case STRING -> text(all);
            case BYTE_STRING -> random.nextBoolean() ? ByteString.copyFromUtf8(text(all)) : ByteString.copyFrom(new byte[random.nextInt(64)]);
            case ENUM -> field.getEnumType().getValues().get(random.nextInt(field.getEnumType().getValues().size()));
            case MESSAGE -> like(message.newBuilderForField(field), all);
        };
    }

    private long number() {
        return random.nextBoolean() ? NUMBERS[random.nextInt(NUMBERS.length)] : random.nextInt(20) - 4;
    }

    /** A name that the file uses, so that values are connected in other ways, or one of ours. */
    private String text(List<Message.Builder> all) {
        if (random.nextInt(3) > 0) {
            for (int tries = 0; tries < 20; tries++) {
                Message.Builder other = all.get(random.nextInt(all.size()));
                FieldDescriptor name = other.getDescriptorForType().findFieldByName(random.nextBoolean() ? "name" : "output");
                if (name != null && name.getJavaType() == FieldDescriptor.JavaType.STRING) {
                    if (!name.isRepeated()) {
                        return (String) other.getField(name);
                    }
                    if (other.getRepeatedFieldCount(name) > 0) {
                        return (String) other.getRepeatedField(name, 0);
                    }
                }
            }
        }
        return TEXTS[random.nextInt(TEXTS.length)];
    }

    /** A message of the same kind from elsewhere in the file. */
    private Message like(Message.Builder empty, List<Message.Builder> all) {
        for (int tries = 0; tries < 20; tries++) {
            Message.Builder other = all.get(random.nextInt(all.size()));
            if (other.getDescriptorForType().equals(empty.getDescriptorForType())) {
                return other.build();
            }
        }
        return empty.build();
    }
}
