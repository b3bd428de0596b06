package org.caisson.runtime.spec;

import java.util.List;
import java.util.Map;
import org.caisson.runtime.spec.Resources.BlockIo;
import org.caisson.runtime.spec.Resources.Cpu;
import org.caisson.runtime.spec.Resources.DeviceRule;
import org.caisson.runtime.spec.Resources.HugepageLimit;
import org.caisson.runtime.spec.Resources.Memory;
import org.caisson.runtime.spec.Resources.NetworkClass;
import org.caisson.runtime.spec.Resources.Pids;
import org.caisson.runtime.spec.Resources.Rdma;
import org.caisson.runtime.spec.Resources.ThrottleDevice;
import org.caisson.runtime.spec.Resources.WeightDevice;
import org.jspecify.annotations.Nullable;

/** Reads {@code linux.resources}. */
final class ResourcesReader {
    private static final long MOST = Long.MAX_VALUE;

    private final JsonCursor in;

    ResourcesReader(JsonCursor in) {
        this.in = in;
    }

    Resources resources() throws SpecException {
        var fields = new Object() {
            List<DeviceRule> devices = List.of();

            @Nullable
            Memory memory;

            @Nullable
            Cpu cpu;

            @Nullable
            Pids pids;

            @Nullable
            BlockIo blockIo;

            List<HugepageLimit> hugepages = List.of();

            @Nullable
            NetworkClass network;

            Map<String, Rdma> rdma = Map.of();
            Map<String, String> unified = Map.of();
        };
        in.object(name -> {
            switch (name) {
                case "devices" -> fields.devices = in.list(this::deviceRule);
                case "memory" -> fields.memory = in.isNull() ? null : memory();
                case "cpu" -> fields.cpu = in.isNull() ? null : cpu();
                case "pids" -> fields.pids = in.isNull() ? null : pids();
                case "blockIO" -> fields.blockIo = in.isNull() ? null : blockIo();
                case "hugepageLimits" -> fields.hugepages = in.list(this::hugepageLimit);
                case "network" -> fields.network = in.isNull() ? null : network();
                case "rdma" -> fields.rdma = in.map(this::rdma);
                case "unified" -> fields.unified = unified();
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new Resources(
                fields.devices,
                fields.memory,
                fields.cpu,
                fields.pids,
                fields.blockIo,
                fields.hugepages,
                fields.network,
                fields.rdma,
                fields.unified);
    }

    private Map<String, String> unified() throws SpecException {
        Map<String, String> map = in.map(in::requiredString);
        for (String name : map.keySet()) {
            if (name.isEmpty() || name.indexOf('/') >= 0 || name.startsWith(".")) {
                throw in.wrong("\"" + name + "\" must be the name of a file of cgroup v2");
            }
        }
        return map;
    }

    private DeviceRule deviceRule() throws SpecException {
        var fields = new Object() {
            boolean allow;
            String type = "a";

            @Nullable
            Long major;

            @Nullable
            Long minor;

            String access = "rwm";
        };
        in.object(name -> {
            switch (name) {
                case "allow" -> fields.allow = in.bool();
                case "type" -> fields.type = in.requiredString();
                case "major" -> fields.major = in.number(-1, 0xffff_ffffL);
                case "minor" -> fields.minor = in.number(-1, 0xffff_ffffL);
                case "access" -> fields.access = in.requiredString();
                default -> {
                    return false;
                }
            }
            return true;
        });
        String type = fields.type.isEmpty() ? "a" : fields.type;
        if (type.length() != 1 || "abcup".indexOf(type) < 0) {
            throw in.wrongField("type", "must be a, b or c");
        }
        String access = fields.access.isEmpty() ? "rwm" : fields.access;
        for (int i = 0; i < access.length(); i++) {
            if ("rwm".indexOf(access.charAt(i)) < 0) {
                throw in.wrongField("access", "must be made of r, w and m");
            }
        }
        return new DeviceRule(fields.allow, type.charAt(0), wildcard(fields.major), wildcard(fields.minor), access);
    }

    private static @Nullable Long wildcard(@Nullable Long number) {
        return number != null && number == -1 ? null : number;
    }

    private Memory memory() throws SpecException {
        var fields = new Object() {
            @Nullable
            Long limit;

            @Nullable
            Long reservation;

            @Nullable
            Long swap;

            @Nullable
            Long kernel;

            @Nullable
            Long kernelTcp;

            @Nullable
            Long swappiness;

            @Nullable
            Boolean disableOomKiller;

            @Nullable
            Boolean useHierarchy;

            @Nullable
            Boolean checkBeforeUpdate;
        };
        in.object(name -> {
            switch (name) {
                case "limit" -> fields.limit = in.number(-1, MOST);
                case "reservation" -> fields.reservation = in.number(-1, MOST);
                case "swap" -> fields.swap = in.number(-1, MOST);
                case "kernel" -> fields.kernel = in.number(-1, MOST);
                case "kernelTCP" -> fields.kernelTcp = in.number(-1, MOST);
                case "swappiness" -> fields.swappiness = swappiness();
                case "disableOOMKiller" -> fields.disableOomKiller = in.optionalBool();
                case "useHierarchy" -> fields.useHierarchy = in.optionalBool();
                case "checkBeforeUpdate" -> fields.checkBeforeUpdate = in.optionalBool();
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (fields.swap != null && fields.swap > 0 && fields.limit != null && fields.swap < fields.limit) {
            throw in.wrongField("swap", "must not be below limit: it counts memory plus swap");
        }
        return new Memory(
                fields.limit,
                fields.reservation,
                fields.swap,
                fields.kernel,
                fields.kernelTcp,
                fields.swappiness,
                fields.disableOomKiller,
                fields.useHierarchy,
                fields.checkBeforeUpdate);
    }

    /** Engines write all ones for "not set". */
    private @Nullable Long swappiness() throws SpecException {
        if (in.isNull()) {
            return null;
        }
        long value = in.unsigned();
        if (value == -1) {
            return null;
        }
        if (value < 0 || value > 100) {
            throw in.wrong("must be between 0 and 100");
        }
        return value;
    }

    private Cpu cpu() throws SpecException {
        var fields = new Object() {
            @Nullable
            Long shares;

            @Nullable
            Long quota;

            @Nullable
            Long burst;

            @Nullable
            Long period;

            @Nullable
            Long realtimeRuntime;

            @Nullable
            Long realtimePeriod;

            @Nullable
            String cpus;

            @Nullable
            String mems;

            @Nullable
            Long idle;
        };
        in.object(name -> {
            switch (name) {
                case "shares" -> fields.shares = in.number(0, 1L << 40);
                case "quota" -> fields.quota = in.number(-1, MOST);
                case "burst" -> fields.burst = in.number(0, MOST);
                case "period" -> fields.period = in.number(0, MOST);
                case "realtimeRuntime" -> fields.realtimeRuntime = in.number(-1, MOST);
                case "realtimePeriod" -> fields.realtimePeriod = in.number(0, MOST);
                case "cpus" -> fields.cpus = cpuList();
                case "mems" -> fields.mems = cpuList();
                case "idle" -> fields.idle = in.number(0, 1);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new Cpu(
                fields.shares,
                fields.quota,
                fields.burst,
                fields.period,
                fields.realtimeRuntime,
                fields.realtimePeriod,
                fields.cpus,
                fields.mems,
                fields.idle);
    }

    private @Nullable String cpuList() throws SpecException {
        String text = in.string();
        if (text == null || text.isEmpty()) {
            return null;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && c != '-' && c != ',') {
                throw in.wrong("must be a list such as 0-2,4");
            }
        }
        return text;
    }

    private Pids pids() throws SpecException {
        var fields = new Object() {
            long limit;
        };
        in.object(name -> {
            if (!name.equals("limit")) {
                return false;
            }
            fields.limit = in.requiredNumber(-1, MOST);
            return true;
        });
        return new Pids(fields.limit);
    }

    private BlockIo blockIo() throws SpecException {
        var fields = new Object() {
            @Nullable
            Integer weight;

            @Nullable
            Integer leafWeight;

            List<WeightDevice> weightDevice = List.of();
            List<ThrottleDevice> readBps = List.of();
            List<ThrottleDevice> writeBps = List.of();
            List<ThrottleDevice> readIops = List.of();
            List<ThrottleDevice> writeIops = List.of();
        };
        in.object(name -> {
            switch (name) {
                case "weight" -> fields.weight = in.integer(0, 1000);
                case "leafWeight" -> fields.leafWeight = in.integer(0, 1000);
                case "weightDevice" -> fields.weightDevice = in.list(this::weightDevice);
                case "throttleReadBpsDevice" -> fields.readBps = in.list(this::throttleDevice);
                case "throttleWriteBpsDevice" -> fields.writeBps = in.list(this::throttleDevice);
                case "throttleReadIOPSDevice" -> fields.readIops = in.list(this::throttleDevice);
                case "throttleWriteIOPSDevice" -> fields.writeIops = in.list(this::throttleDevice);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new BlockIo(
                fields.weight,
                fields.leafWeight,
                fields.weightDevice,
                fields.readBps,
                fields.writeBps,
                fields.readIops,
                fields.writeIops);
    }

    private WeightDevice weightDevice() throws SpecException {
        var fields = new Object() {
            long major;
            long minor;

            @Nullable
            Integer weight;

            @Nullable
            Integer leafWeight;
        };
        in.object(name -> {
            switch (name) {
                case "major" -> fields.major = in.requiredNumber(0, 0xfff);
                case "minor" -> fields.minor = in.requiredNumber(0, 0xfffff);
                case "weight" -> fields.weight = in.integer(0, 1000);
                case "leafWeight" -> fields.leafWeight = in.integer(0, 1000);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new WeightDevice(fields.major, fields.minor, fields.weight, fields.leafWeight);
    }

    private ThrottleDevice throttleDevice() throws SpecException {
        var fields = new Object() {
            long major;
            long minor;
            long rate;
        };
        in.object(name -> {
            switch (name) {
                case "major" -> fields.major = in.requiredNumber(0, 0xfff);
                case "minor" -> fields.minor = in.requiredNumber(0, 0xfffff);
                case "rate" -> fields.rate = in.requiredNumber(0, MOST);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new ThrottleDevice(fields.major, fields.minor, fields.rate);
    }

    private HugepageLimit hugepageLimit() throws SpecException {
        var fields = new Object() {
            String pageSize = "";
            long limit;
        };
        in.object(name -> {
            switch (name) {
                case "pageSize" -> fields.pageSize = in.requiredString();
                case "limit" -> fields.limit = in.unsigned();
                default -> {
                    return false;
                }
            }
            return true;
        });
        String size = fields.pageSize;
        int digits = 0;
        while (digits < size.length() && size.charAt(digits) >= '0' && size.charAt(digits) <= '9') {
            digits++;
        }
        String unit = size.substring(digits);
        if (digits == 0 || (!unit.equals("KB") && !unit.equals("MB") && !unit.equals("GB"))) {
            throw in.wrongField("pageSize", "must be a size such as 2MB");
        }
        return new HugepageLimit(size, fields.limit);
    }

    private NetworkClass network() throws SpecException {
        var fields = new Object() {
            @Nullable
            Long classId;

            List<NetworkClass.Priority> priorities = List.of();
        };
        in.object(name -> {
            switch (name) {
                case "classID" -> fields.classId = in.number(0, 0xffff_ffffL);
                case "priorities" -> fields.priorities = in.list(this::priority);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new NetworkClass(fields.classId, fields.priorities);
    }

    private NetworkClass.Priority priority() throws SpecException {
        var fields = new Object() {
            String name = "";
            long priority;
        };
        in.object(name -> {
            switch (name) {
                case "name" -> fields.name = in.requiredString();
                case "priority" -> fields.priority = in.requiredNumber(0, 0xffff_ffffL);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new NetworkClass.Priority(fields.name, fields.priority);
    }

    private Rdma rdma() throws SpecException {
        var fields = new Object() {
            @Nullable
            Long handles;

            @Nullable
            Long objects;
        };
        in.object(name -> {
            switch (name) {
                case "hcaHandles" -> fields.handles = in.number(0, 0xffff_ffffL);
                case "hcaObjects" -> fields.objects = in.number(0, 0xffff_ffffL);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new Rdma(fields.handles, fields.objects);
    }
}
