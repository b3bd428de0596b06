package org.caisson.image.registry;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Ranges of addresses as {@code 10.0.0.0/8}. */
final class AddressRange {
    private AddressRange() {}

    /** Whether a range holds a host that is given by its address; names are not looked up. */
    static boolean holds(String range, String host) {
        int slash = range.indexOf('/');
        if (slash <= 0 || !isAddress(range.substring(0, slash)) || !isAddress(host)) {
            return false;
        }
        try {
            byte[] first = InetAddress.getByName(range.substring(0, slash)).getAddress();
            byte[] address = InetAddress.getByName(host).getAddress();
            int bits = Integer.parseInt(range.substring(slash + 1));
            int rest = first.length * Byte.SIZE - bits;
            return first.length == address.length
                    && bits >= 0
                    && rest >= 0
                    && new BigInteger(1, first).shiftRight(rest).equals(new BigInteger(1, address).shiftRight(rest));
        } catch (UnknownHostException | NumberFormatException e) {
            return false;
        }
    }

    private static boolean isAddress(String text) {
        return text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}") || text.matches("\\[?[0-9a-f:]*:[0-9a-f:.]*]?");
    }
}
