package io.espalier.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class TensorBytesTest {

    private static final INDArray RISING = Nd4j.arange(0, 6000).castTo(DataType.FLOAT).divi(7).reshape('c', 60, 20, 5);

    /** However they lie: in another order, as a part of others, in steps, in a row of their own. */
    private static final Map<String, INDArray> TENSORS = Map.of(
            "in order", RISING,
            "in Fortran's order", RISING.dup('f'),
            "transposed", RISING.permute(2, 0, 1),
            "rows of another", RISING.get(NDArrayIndex.interval(17, 40), NDArrayIndex.all(), NDArrayIndex.all()),
            "columns of another", RISING.get(NDArrayIndex.all(), NDArrayIndex.interval(3, 11), NDArrayIndex.all()),
            "a vector", Nd4j.createFromArray(1.5f, -0.0f, Float.NaN, Float.MIN_VALUE),
            "one number", Nd4j.scalar(2.5f));

    private static byte[] expected(INDArray tensor) {
        INDArray flat = Nd4j.toFlattened('c', tensor);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(4 * tensor.length())).order(ByteOrder.LITTLE_ENDIAN);
        for (long i = 0; i < tensor.length(); i++) {
            bytes.putFloat(flat.getFloat(i));
        }
        return bytes.array();
    }

    @Test
    void areThoseOfTheNumbersInOrderHoweverTheTensorLies() {
        TENSORS.forEach((how, tensor) -> {
            try (TensorBytes bytes = TensorBytes.of(tensor)) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                bytes.write(0, bytes.length(), out);
                assertThat(Arrays.equals(out.toByteArray(), expected(tensor))).as(how).isTrue();
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                bytes.update(digest);
                assertThat(digest.digest()).as(how).isEqualTo(MessageDigest.getInstance("SHA-256").digest(expected(tensor)));
            } catch (IOException | NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void aPartIsThatPart() throws IOException, NoSuchAlgorithmException {
        INDArray tensor = TENSORS.get("rows of another");
        byte[] part = Arrays.copyOfRange(expected(tensor), 400, 1200);
        try (TensorBytes bytes = TensorBytes.of(tensor)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            bytes.write(400, 800, out);
            assertThat(Arrays.equals(out.toByteArray(), part)).isTrue();
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            bytes.update(digest, 400, 800);
            assertThat(digest.digest()).isEqualTo(MessageDigest.getInstance("SHA-256").digest(part));
        }
    }

    @Test
    void theTensorStaysWhatItIs() {
        INDArray tensor = RISING.dup('f');
        TensorBytes.of(tensor).close();
        TensorBytes.of(RISING).close();
        assertThat(tensor).isEqualTo(RISING);
        assertThat(RISING.getFloat(59, 19, 4)).isEqualTo(5999 / 7f);
    }

    @Test
    void otherNumbersThanFloat32AreRefused() {
        assertThatThrownBy(() -> TensorBytes.of(Nd4j.zeros(DataType.DOUBLE, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("DOUBLE");
    }
}
