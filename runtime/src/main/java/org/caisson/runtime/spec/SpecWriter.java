package org.caisson.runtime.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.runtime.spec.Resources.ThrottleDevice;

/** Writes a specification as {@code config.json}. What was not given is left out. */
public final class SpecWriter {
    private final JsonWriter json = new JsonWriter();

    private SpecWriter() {}

    /** The document as one line. */
    public static String write(Spec spec) {
        SpecWriter writer = new SpecWriter();
        writer.spec(spec);
        return writer.json.toString();
    }

    private void spec(Spec spec) {
        json.beginObject();
        json.field("ociVersion", spec.ociVersion());
        ProcessSpec process = spec.process();
        if (process != null) {
            process(process);
        }
        json.beginObject("root").field("path", spec.root().path());
        json.field("readonly", spec.root().readonly()).endObject();
        json.field("hostname", spec.hostname());
        json.field("domainname", spec.domainname());
        json.beginArray("mounts");
        for (MountSpec mount : spec.mounts()) {
            json.beginObject().field("destination", mount.destination());
            json.field("type", mount.type()).field("source", mount.source());
            json.fieldArray("options", mount.options());
            mappings("uidMappings", mount.uidMappings());
            mappings("gidMappings", mount.gidMappings());
            json.endObject();
        }
        json.endArray();
        if (!spec.hooks().isEmpty()) {
            json.beginObject("hooks");
            hooks("prestart", spec.hooks().prestart());
            hooks("createRuntime", spec.hooks().createRuntime());
            hooks("createContainer", spec.hooks().createContainer());
            hooks("startContainer", spec.hooks().startContainer());
            hooks("poststart", spec.hooks().poststart());
            hooks("poststop", spec.hooks().poststop());
            json.endObject();
        }
        json.fieldObject("annotations", spec.annotations());
        linux(spec.linux());
        json.endObject();
    }

    private void hooks(String name, List<Hooks.Hook> hooks) {
        if (hooks.isEmpty()) {
            return;
        }
        json.beginArray(name);
        for (Hooks.Hook hook : hooks) {
            json.beginObject().field("path", hook.path());
            json.fieldArray("args", hook.args()).fieldArray("env", hook.env());
            json.field("timeout", hook.timeout()).endObject();
        }
        json.endArray();
    }

    private void process(ProcessSpec process) {
        json.beginObject("process").field("terminal", process.terminal());
        ProcessSpec.ConsoleSize size = process.consoleSize();
        if (size != null) {
            json.beginObject("consoleSize").field("height", size.height());
            json.field("width", size.width()).endObject();
        }
        ProcessSpec.User user = process.user();
        json.beginObject("user").field("uid", user.uid()).field("gid", user.gid());
        json.field("umask", user.umask());
        if (!user.additionalGids().isEmpty()) {
            json.beginArray("additionalGids");
            for (int gid : user.additionalGids()) {
                json.value(gid);
            }
            json.endArray();
        }
        json.field("username", user.username()).endObject();
        json.fieldArray("args", process.args());
        json.fieldArray("env", process.env());
        json.field("cwd", process.cwd());
        CapabilitySets sets = process.capabilities();
        if (sets != null) {
            json.beginObject("capabilities");
            json.fieldArray("bounding", sets.bounding()).fieldArray("effective", sets.effective());
            json.fieldArray("inheritable", sets.inheritable()).fieldArray("permitted", sets.permitted());
            json.fieldArray("ambient", sets.ambient()).endObject();
        }
        if (!process.rlimits().isEmpty()) {
            json.beginArray("rlimits");
            for (Rlimit limit : process.rlimits()) {
                json.beginObject().field("type", limit.type());
                json.fieldUnsigned("hard", limit.hard());
                json.fieldUnsigned("soft", limit.soft()).endObject();
            }
            json.endArray();
        }
        json.field("noNewPrivileges", process.noNewPrivileges());
        json.field("apparmorProfile", process.apparmorProfile());
        json.field("selinuxLabel", process.selinuxLabel());
        json.field("oomScoreAdj", process.oomScoreAdj());
        ProcessSpec.Scheduler scheduler = process.scheduler();
        if (scheduler != null) {
            json.beginObject("scheduler").field("policy", scheduler.policy());
            json.field("nice", scheduler.nice()).field("priority", scheduler.priority());
            json.fieldArray("flags", scheduler.flags());
            json.fieldUnsigned("runtime", scheduler.runtime());
            json.fieldUnsigned("deadline", scheduler.deadline());
            json.fieldUnsigned("period", scheduler.period()).endObject();
        }
        ProcessSpec.IoPriority priority = process.ioPriority();
        if (priority != null) {
            json.beginObject("ioPriority").field("class", priority.priorityClass());
            json.field("priority", priority.priority()).endObject();
        }
        json.endObject();
    }

    private void mappings(String name, List<IdMapping> mappings) {
        if (mappings.isEmpty()) {
            return;
        }
        json.beginArray(name);
        for (IdMapping mapping : mappings) {
            json.beginObject().field("containerID", mapping.containerId());
            json.field("hostID", mapping.hostId());
            json.field("size", mapping.size()).endObject();
        }
        json.endArray();
    }

    private void linux(LinuxSpec linux) {
        json.beginObject("linux");
        if (!linux.namespaces().isEmpty()) {
            json.beginArray("namespaces");
            for (LinuxSpec.Namespace namespace : linux.namespaces()) {
                json.beginObject().field("type", namespace.type().text());
                json.field("path", namespace.path()).endObject();
            }
            json.endArray();
        }
        mappings("uidMappings", linux.uidMappings());
        mappings("gidMappings", linux.gidMappings());
        if (!linux.devices().isEmpty()) {
            json.beginArray("devices");
            for (LinuxSpec.Device device : linux.devices()) {
                json.beginObject().field("path", device.path());
                json.field("type", String.valueOf(device.type()));
                json.field("major", device.major()).field("minor", device.minor());
                json.field("fileMode", device.fileMode());
                json.field("uid", device.uid()).field("gid", device.gid()).endObject();
            }
            json.endArray();
        }
        json.field("cgroupsPath", linux.cgroupsPath());
        resources(linux.resources());
        json.field("rootfsPropagation", linux.rootfsPropagation());
        SeccompProfile seccomp = linux.seccomp();
        if (seccomp != null) {
            seccomp(seccomp);
        }
        json.fieldObject("sysctl", linux.sysctl());
        json.fieldArray("maskedPaths", linux.maskedPaths());
        json.fieldArray("readonlyPaths", linux.readonlyPaths());
        json.field("mountLabel", linux.mountLabel());
        LinuxSpec.IntelRdt rdt = linux.intelRdt();
        if (rdt != null) {
            json.beginObject("intelRdt").field("closID", rdt.closId());
            json.field("l3CacheSchema", rdt.l3CacheSchema());
            json.field("memBwSchema", rdt.memBwSchema()).endObject();
        }
        LinuxSpec.Personality personality = linux.personality();
        if (personality != null) {
            json.beginObject("personality").field("domain", personality.domain());
            json.fieldArray("flags", personality.flags()).endObject();
        }
        if (!linux.timeOffsets().isEmpty()) {
            json.beginObject("timeOffsets");
            for (Map.Entry<String, LinuxSpec.TimeOffset> entry : new TreeMap<>(linux.timeOffsets()).entrySet()) {
                json.beginObject(entry.getKey()).field("secs", entry.getValue().secs());
                json.field("nanosecs", entry.getValue().nanosecs()).endObject();
            }
            json.endObject();
        }
        json.endObject();
    }

    private void seccomp(SeccompProfile profile) {
        json.beginObject("seccomp").field("defaultAction", profile.defaultAction());
        json.field("defaultErrnoRet", profile.defaultErrnoRet());
        json.fieldArray("architectures", profile.architectures());
        json.fieldArray("flags", profile.flags());
        json.field("listenerPath", profile.listenerPath());
        json.field("listenerMetadata", profile.listenerMetadata());
        json.beginArray("syscalls");
        for (SeccompProfile.Rule rule : profile.syscalls()) {
            json.beginObject().fieldArray("names", rule.names());
            json.field("action", rule.action()).field("errnoRet", rule.errnoRet());
            if (!rule.args().isEmpty()) {
                json.beginArray("args");
                for (SeccompProfile.Argument argument : rule.args()) {
                    json.beginObject().field("index", argument.index());
                    json.fieldUnsigned("value", argument.value());
                    json.fieldUnsigned("valueTwo", argument.valueTwo());
                    json.field("op", argument.op()).endObject();
                }
                json.endArray();
            }
            json.endObject();
        }
        json.endArray().endObject();
    }

    private void resources(Resources resources) {
        if (resources.isEmpty()) {
            return;
        }
        json.beginObject("resources");
        if (!resources.devices().isEmpty()) {
            json.beginArray("devices");
            for (Resources.DeviceRule rule : resources.devices()) {
                json.beginObject().field("allow", rule.allow());
                json.field("type", String.valueOf(rule.type()));
                json.field("major", rule.major()).field("minor", rule.minor());
                json.field("access", rule.access()).endObject();
            }
            json.endArray();
        }
        Resources.Memory memory = resources.memory();
        if (memory != null) {
            json.beginObject("memory").field("limit", memory.limit());
            json.field("reservation", memory.reservation()).field("swap", memory.swap());
            json.field("kernel", memory.kernel()).field("kernelTCP", memory.kernelTcp());
            json.field("swappiness", memory.swappiness());
            json.field("disableOOMKiller", memory.disableOomKiller());
            json.field("useHierarchy", memory.useHierarchy());
            json.field("checkBeforeUpdate", memory.checkBeforeUpdate()).endObject();
        }
        Resources.Cpu cpu = resources.cpu();
        if (cpu != null) {
            json.beginObject("cpu").field("shares", cpu.shares()).field("quota", cpu.quota());
            json.field("burst", cpu.burst()).field("period", cpu.period());
            json.field("realtimeRuntime", cpu.realtimeRuntime());
            json.field("realtimePeriod", cpu.realtimePeriod());
            json.field("cpus", cpu.cpus()).field("mems", cpu.mems());
            json.field("idle", cpu.idle()).endObject();
        }
        Resources.Pids pids = resources.pids();
        if (pids != null) {
            json.beginObject("pids").field("limit", pids.limit()).endObject();
        }
        Resources.BlockIo io = resources.blockIo();
        if (io != null) {
            blockIo(io);
        }
        if (!resources.hugepageLimits().isEmpty()) {
            json.beginArray("hugepageLimits");
            for (Resources.HugepageLimit limit : resources.hugepageLimits()) {
                json.beginObject().field("pageSize", limit.pageSize());
                json.fieldUnsigned("limit", limit.limit()).endObject();
            }
            json.endArray();
        }
        Resources.NetworkClass network = resources.network();
        if (network != null) {
            json.beginObject("network").field("classID", network.classId());
            json.beginArray("priorities");
            for (Resources.NetworkClass.Priority priority : network.priorities()) {
                json.beginObject().field("name", priority.name());
                json.field("priority", priority.priority()).endObject();
            }
            json.endArray().endObject();
        }
        if (!resources.rdma().isEmpty()) {
            json.beginObject("rdma");
            List<String> names = new ArrayList<>(new TreeMap<>(resources.rdma()).keySet());
            for (String name : names) {
                Resources.Rdma rdma = resources.rdma().get(name);
                json.beginObject(name);
                if (rdma != null) {
                    json.field("hcaHandles", rdma.hcaHandles()).field("hcaObjects", rdma.hcaObjects());
                }
                json.endObject();
            }
            json.endObject();
        }
        json.fieldObject("unified", resources.unified());
        json.endObject();
    }

    private void blockIo(Resources.BlockIo io) {
        json.beginObject("blockIO").field("weight", io.weight()).field("leafWeight", io.leafWeight());
        if (!io.weightDevice().isEmpty()) {
            json.beginArray("weightDevice");
            for (Resources.WeightDevice device : io.weightDevice()) {
                json.beginObject().field("major", device.major()).field("minor", device.minor());
                json.field("weight", device.weight()).field("leafWeight", device.leafWeight());
                json.endObject();
            }
            json.endArray();
        }
        throttle("throttleReadBpsDevice", io.throttleReadBps());
        throttle("throttleWriteBpsDevice", io.throttleWriteBps());
        throttle("throttleReadIOPSDevice", io.throttleReadIops());
        throttle("throttleWriteIOPSDevice", io.throttleWriteIops());
        json.endObject();
    }

    private void throttle(String name, List<ThrottleDevice> devices) {
        if (devices.isEmpty()) {
            return;
        }
        json.beginArray(name);
        for (ThrottleDevice device : devices) {
            json.beginObject().field("major", device.major()).field("minor", device.minor());
            json.field("rate", device.rate()).endObject();
        }
        json.endArray();
    }
}
