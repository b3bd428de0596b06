package org.caisson.runtime;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.ProcessCalls;
import org.caisson.runtime.state.StateDirectory;

/**
 * Names of containers: letters, digits and {@code _ + - .}, at most 128, as runc allows; not one that starts as an option
 * does, nor one that has a meaning of its own below the state's root.
 */
public final class ContainerIds {
    private static final int LONGEST = 128;

    private ContainerIds() {}

    /** A fresh name of twelve hexadecimal digits. */
    public static String random() throws ContainerException {
        byte[] bytes;
        try {
            bytes = ProcessCalls.getrandom(6);
        } catch (ErrnoException e) {
            throw new ContainerException("cannot name a container: " + e.getMessage(), e);
        }
        StringBuilder id = new StringBuilder(12);
        for (byte b : bytes) {
            id.append(Character.forDigit((b >> 4) & 15, 16)).append(Character.forDigit(b & 15, 16));
        }
        return id.toString();
    }

    /** Returns {@code id} if it is a good name. */
    public static String check(String id) throws ContainerException {
        boolean good = !id.isEmpty() && id.length() <= LONGEST && !id.equals(".") && !id.equals("..");
        for (int i = 0; good && i < id.length(); i++) {
            char c = id.charAt(i);
            good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "_+-.".indexOf(c) >= 0;
        }
        if (!good) {
            throw new ContainerException(
                    "container id \"" + printable(id) + "\" is not allowed: use 1 to 128 letters, digits and _ + - .");
        }
        if (id.startsWith("-") || StateDirectory.reserves(id)) {
            throw new ContainerException("container id \"" + id + "\" is not allowed: "
                    + (id.startsWith("-") ? "it starts as an option does" : "the name is taken by caisson itself")
                    + "; choose another");
        }
        return id;
    }

    private static String printable(String id) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < id.length() && i < LONGEST; i++) {
            char c = id.charAt(i);
            text.append(c < ' ' || c == 0x7f ? '?' : c);
        }
        return text.toString();
    }
}
