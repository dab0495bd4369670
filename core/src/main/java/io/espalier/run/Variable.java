package io.espalier.run;

/**
 * An exchange variable that a stage set, as it is stored.
 *
 * @param name its name
 * @param type of its value
 * @param text its value as text; numbers read back to the bit
 */
record Variable(String name, Type type, String text) {

    /** Types that a variable may have. */
    enum Type {
        TEXT,
        DOUBLE,
        LONG,
        BOOLEAN
    }

    /** @throws IllegalArgumentException when the value is neither text, a number nor a boolean */
    static Variable of(String name, Object value) {
        if (value instanceof String) {
            return new Variable(name, Type.TEXT, (String) value);
        }
        if (value instanceof Double || value instanceof Float) {
            return new Variable(name, Type.DOUBLE, Double.toString(((Number) value).doubleValue()));
        }
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return new Variable(name, Type.LONG, Long.toString(((Number) value).longValue()));
        }
        if (value instanceof Boolean) {
            return new Variable(name, Type.BOOLEAN, value.toString());
        }
        throw new IllegalArgumentException("the variable '" + name + "' is to be "
                + (value == null ? "null" : "a " + value.getClass().getName())
                + ", but a variable is a String, a number or a Boolean");
    }

    Object value() {
        return switch (type) {
            case TEXT -> text;
            case DOUBLE -> Double.valueOf(text);
            case LONG -> Long.valueOf(text);
            case BOOLEAN -> Boolean.valueOf(text);
        };
    }
}
