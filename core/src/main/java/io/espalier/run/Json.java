package io.espalier.run;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How values are written as JSON: records by their components, paths and times as text, numbers so that they read back
 * to the bit, tensors by type and shape only (the store keeps tensors).
 */
final class Json {

    static final ObjectMapper MAPPER = new ObjectMapper()
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .registerModule(new SimpleModule("espalier")
                    .addSerializer(Path.class, new ToStringSerializer(Path.class))
                    .addSerializer(Duration.class, new ToStringSerializer(Duration.class))
                    .addSerializer(Instant.class, new ToStringSerializer(Instant.class))
                    .addSerializer(INDArray.class, new TensorByShape())
                    .addSerializer(Optional.class, new ValueOrNull())
                    .addDeserializer(Instant.class, new TimeFromText()));

    private Json() {}

    private static final class TensorByShape extends JsonSerializer<INDArray> {
        @Override
        public void serialize(INDArray tensor, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeString(tensor.dataType() + " " + Arrays.toString(tensor.shape()));
        }
    }

    @SuppressWarnings("rawtypes")
    private static final class ValueOrNull extends JsonSerializer<Optional> {
        @Override
        public void serialize(Optional value, JsonGenerator out, SerializerProvider provider) throws IOException {
            if (value.isPresent()) {
                provider.defaultSerializeValue(value.get(), out);
            } else {
                out.writeNull();
            }
        }
    }

    private static final class TimeFromText extends JsonDeserializer<Instant> {
        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return Instant.parse(in.getText());
        }
    }
}
