package io.espalier.mlflow;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Names as MLflow takes them. What has to be changed ends with a piece of its digest, so that two names stay two. */
final class Names {

    /** Longest key of a parameter, a metric or a tag. */
    static final int LONGEST_KEY = 250;
    /** Longer values of parameters are cut by the server without a word. */
    static final int LONGEST_PARAMETER = 6000;
    /** Servers before 3.0 refuse longer ones; later ones cut them at 8000. */
    static final int LONGEST_TAG = 5000;
    /** The server refuses longer digests of data sets. */
    static final int LONGEST_DIGEST = 36;

    private static final Pattern NOT_IN_KEYS = Pattern.compile("[^A-Za-z0-9_. :-]");
    private static final Pattern NOT_IN_FILES = Pattern.compile("[^\\p{L}\\p{N}_. +,=@()-]");
    private static final int LONGEST_PART = 110;
    private static final int PIECE = 8;

    private Names() {}

    /** A key of one part. A slash would make folders of it. */
    static String key(String name) {
        return marked(name, NOT_IN_KEYS.matcher(name).replaceAll("_"), LONGEST_KEY - 50);
    }

    /** A key in a group, which MLflow's pages show together: {@code group/name}. */
    static String key(String group, String name) {
        return marked(group, NOT_IN_KEYS.matcher(group).replaceAll("_"), LONGEST_PART) + "/" + marked(name, NOT_IN_KEYS.matcher(name).replaceAll("_"), LONGEST_PART);
    }

    /** A path of an artifact, with {@code /} between its parts. */
    static String file(String path) {
        StringBuilder all = new StringBuilder();
        for (String part : path.replace('\\', '/').split("/")) {
            if (!part.isEmpty()) {
                all.append(all.isEmpty() ? "" : "/").append(filePart(part));
            }
        }
        return all.toString();
    }

    private static String filePart(String part) {
        String plain = NOT_IN_FILES.matcher(part).replaceAll("_");
        int dot = plain.lastIndexOf('.');
        if (plain.equals(part) && part.length() <= LONGEST_KEY - 50) {
            return part.matches("\\.+") ? marked(part, part.replace('.', '_'), LONGEST_KEY - 50) : part;
        }
        // The ending stays: it is what MLflow's pages choose the viewer by.
        String ending = dot > 0 && plain.length() - dot <= 10 ? plain.substring(dot) : "";
        return marked(part, plain.substring(0, plain.length() - ending.length()), LONGEST_KEY - 60) + ending;
    }

    private static String marked(String name, String plain, int longest) {
        boolean dots = plain.matches("[. ]*");
        if (plain.equals(name) && !dots && plain.length() <= longest) {
            return name;
        }
        String start = dots ? "_" : plain;
        return start.substring(0, Math.min(start.length(), longest)) + "-" + digest(name.getBytes(StandardCharsets.UTF_8)).substring(0, PIECE);
    }

    /** SHA-256, hexadecimal. */
    static String digest(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
