package org.caisson.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Refuses a command line that is not UTF-8, which the JVM would change silently. */
final class Utf8 {
    private Utf8() {}

    static void check(String[] args) throws UsageException {
        for (String arg : args) {
            // What cannot be decoded becomes U+FFFD; so does U+FFFD itself.
            if (arg.indexOf('\uFFFD') >= 0 && !ownCommandLineIsUtf8()) {
                throw new UsageException(
                        "the argument '" + arg + "' is not UTF-8, and nothing else is understood on the command line");
            }
        }
    }

    private static boolean ownCommandLineIsUtf8() {
        try {
            byte[] bytes = Files.readAllBytes(Path.of("/proc/self/cmdline"));
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
