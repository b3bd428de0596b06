package org.caisson.emulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.UUID;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.ProcessStart;
import org.caisson.emulation.text.TextScanner;

/**
 * What tells one run of a container from all others: made of the host's boot, the first process and the moment at which
 * that started, so that it is the same for as long as that lives, whoever serves the container, and tells nothing of them.
 *
 * @param bootId {@code /proc/sys/kernel/random/boot_id} inside
 * @param productId {@code /sys/devices/virtual/dmi/id/product_uuid} inside
 */
record RunIdentity(String bootId, String productId) {
    static RunIdentity of(int initPid) {
        TextScanner text = new TextScanner();
        KernelFile.readOnce("/proc/sys/kernel/random/boot_id", text);
        String seed = text + "/" + initPid + "/" + ProcessStart.of(initPid);
        return new RunIdentity(uuid("boot/" + seed), uuid("product/" + seed));
    }

    /** Not to be turned back: the digest is one way, and its seed holds the host's 122 random bits. */
    private static String uuid(String seed) {
        return UUID.nameUUIDFromBytes(seed.getBytes(ISO_8859_1)).toString();
    }
}
