package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.caisson.runtime.spec.PolicyReader;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.spec.SpecException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code --policy FILE}: which system calls are answered by Caisson, which are the kernel's, and which are refused. */
final class PolicyOption {
    static final String NAME = "--policy";
    private static final int LONGEST = 1 << 16;

    private PolicyOption() {}

    static void add(CommandSpec spec) {
        spec.addOption(Model.value("FILE", "Which system calls are emulated or refused, as JSON.", NAME));
    }

    /** The specification with the policy that is given, if one is. */
    static Spec apply(Caller caller, Arguments given, Spec spec) throws UsageException {
        String text = text(caller, given);
        return text == null ? spec : spec.withAnnotation(PolicyReader.ANNOTATION, text);
    }

    /** The text of the file, which is a policy; or null if there is none. */
    static @Nullable String text(Caller caller, Arguments given) throws UsageException {
        String file = given.value(NAME);
        if (file == null) {
            return null;
        }
        try (var in = Files.newInputStream(caller.path(file))) {
            byte[] bytes = in.readNBytes(LONGEST + 1);
            if (bytes.length > LONGEST) {
                throw UsageException.invalid(NAME, file, "it is longer than " + LONGEST + " bytes");
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            PolicyReader.read(text);
            return text;
        } catch (SpecException wrong) {
            throw UsageException.invalid(NAME, file, String.valueOf(wrong.getMessage()));
        } catch (IOException failure) {
            throw UsageException.invalid(NAME, file, "it cannot be read: " + failure.getMessage());
        }
    }
}
