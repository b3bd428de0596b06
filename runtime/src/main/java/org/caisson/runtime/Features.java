package org.caisson.runtime;

import java.util.List;
import org.caisson.linux.Capabilities;
import org.caisson.runtime.spec.JsonWriter;
import org.caisson.runtime.spec.LinuxSpec.Namespace;
import org.caisson.runtime.spec.Spec;

/** What this runtime can do, as the JSON object of runtime-spec's {@code features.md} and {@code features-linux.md}. */
public final class Features {
    private Features() {}

    /** The object as text. */
    public static String toJson() {
        JsonWriter json = new JsonWriter();
        json.beginObject();
        json.field("ociVersionMin", "1.0.0");
        json.field("ociVersionMax", Spec.VERSION);
        json.fieldArray(
                "hooks",
                List.of("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"));
        json.fieldArray("mountOptions", MountOptions.known());
        json.beginObject("linux");
        json.beginArray("namespaces");
        for (Namespace.Type type : Namespace.Type.values()) {
            json.value(type.text());
        }
        json.endArray();
        json.fieldArray("capabilities", Capabilities.names());
        json.beginObject("cgroup");
        json.field("v1", true).field("v2", true).field("systemd", false).field("systemdUser", false);
        json.field("rdma", false).endObject();
        json.beginObject("seccomp").field("enabled", true);
        json.fieldArray(
                "actions",
                List.of(
                        "SCMP_ACT_ALLOW",
                        "SCMP_ACT_ERRNO",
                        "SCMP_ACT_KILL",
                        "SCMP_ACT_KILL_PROCESS",
                        "SCMP_ACT_KILL_THREAD",
                        "SCMP_ACT_LOG",
                        "SCMP_ACT_TRACE",
                        "SCMP_ACT_TRAP"));
        json.fieldArray(
                "operators",
                List.of(
                        "SCMP_CMP_EQ",
                        "SCMP_CMP_GE",
                        "SCMP_CMP_GT",
                        "SCMP_CMP_LE",
                        "SCMP_CMP_LT",
                        "SCMP_CMP_MASKED_EQ",
                        "SCMP_CMP_NE"));
        json.fieldArray("archs", List.of("SCMP_ARCH_X86_64"));
        json.endObject();
        json.beginObject("apparmor").field("enabled", false).endObject();
        json.beginObject("selinux").field("enabled", false).endObject();
        json.beginObject("intelRdt").field("enabled", false).endObject();
        json.beginObject("mountExtensions").beginObject("idmap").field("enabled", true);
        json.endObject().endObject();
        json.endObject();
        json.endObject();
        return json.toString();
    }
}
