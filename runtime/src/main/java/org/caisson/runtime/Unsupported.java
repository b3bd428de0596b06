package org.caisson.runtime;

import java.util.List;
import java.util.function.Consumer;
import org.caisson.runtime.ContainerException.Kind;
import org.caisson.runtime.spec.CapabilitySets;
import org.caisson.runtime.spec.LinuxSpec;
import org.caisson.runtime.spec.MountSpec;
import org.caisson.runtime.spec.ProcessSpec;
import org.caisson.runtime.spec.Resources;
import org.caisson.runtime.spec.SeccompProfile;
import org.caisson.runtime.spec.Spec;
import org.jspecify.annotations.Nullable;

/**
 * What a specification may ask for and does not get. What was promised to hold, a limit or a filter, is refused; labels
 * that engines write wherever their host knows them are a warning.
 */
final class Unsupported {
    private final Consumer<String> warnings;

    private Unsupported(Consumer<String> warnings) {
        this.warnings = warnings;
    }

    static void check(Spec spec, Consumer<String> warnings) throws ContainerException {
        new Unsupported(warnings).check(spec);
    }

    private void check(Spec spec) throws ContainerException {
        SeccompPrograms.policy(spec);
        ProcessSpec process = spec.process();
        if (process != null) {
            check(process);
        }
        LinuxSpec linux = spec.linux();
        warn("linux.mountLabel", linux.mountLabel());
        refuseIf(linux.intelRdt() != null, "linux.intelRdt");
        LinuxSpec.Personality personality = linux.personality();
        refuseIf(personality != null && !personality.domain().equals("LINUX"), "linux.personality.domain");
        SeccompProfile seccomp = linux.seccomp();
        if (seccomp != null) {
            String listener = seccomp.listenerPath();
            refuseIf(listener != null && !listener.isEmpty(), "linux.seccomp.listenerPath");
        }
        check(linux.resources());
        for (int i = 0; i < spec.mounts().size(); i++) {
            MountSpec mount = spec.mounts().get(i);
            boolean other = !mount.uidMappings().isEmpty()
                    && !(mount.uidMappings().equals(linux.uidMappings())
                            && mount.gidMappings().equals(linux.gidMappings()));
            refuseIf(other, "mounts[" + i + "].uidMappings, other than linux.uidMappings,");
        }
    }

    private void check(ProcessSpec process) throws ContainerException {
        warn("process.apparmorProfile", process.apparmorProfile());
        warn("process.selinuxLabel", process.selinuxLabel());
        refuseIf(process.scheduler() != null, "process.scheduler");
        refuseIf(process.ioPriority() != null, "process.ioPriority");
        CapabilitySets sets = process.capabilities();
        if (sets != null) {
            for (List<String> names :
                    List.of(sets.bounding(), sets.effective(), sets.inheritable(), sets.permitted(), sets.ambient())) {
                for (String name : names) {
                    if (CapabilityChoice.number(name) < 0) {
                        warnings.accept("process.capabilities: " + name + " is not known and left out");
                    }
                }
            }
        }
    }

    private static void check(Resources resources) throws ContainerException {
        Resources.BlockIo io = resources.blockIo();
        refuseIf(io != null && !io.weightDevice().isEmpty(), "linux.resources.blockIO.weightDevice");
        Resources.NetworkClass network = resources.network();
        refuseIf(
                network != null
                        && (network.classId() != null || !network.priorities().isEmpty()),
                "linux.resources.network");
        refuseIf(!resources.rdma().isEmpty(), "linux.resources.rdma");
    }

    private void warn(String field, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            warnings.accept(field + ": " + value + " is not applied: Caisson sets no labels");
        }
    }

    private static void refuseIf(boolean asked, String field) throws ContainerException {
        if (asked) {
            throw new ContainerException(Kind.BAD_SPEC, field + " is not offered: leave it away");
        }
    }
}
