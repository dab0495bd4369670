package io.espalier.testkit.contract;

import io.espalier.data.Split;
import java.util.HexFormat;

/** Images that the kit carries, for projects that need some. */
public final class SampleImages {

    private SampleImages() {}

    /** The first so many digits, one a line: the label as two hexadecimal digits, then 28 x 28 pixels. */
    public static String asHex(int count) {
        Split digits = Bench.digits().train();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(HexFormat.of().toHexDigits((byte) digits.label(i))).append(HexFormat.of().formatHex(digits.image(i))).append('\n');
        }
        return text.toString();
    }
}
