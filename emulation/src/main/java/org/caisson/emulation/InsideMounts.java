package org.caisson.emulation;

import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.agent.AgentConnection;
import org.caisson.emulation.agent.MountPart;
import org.caisson.emulation.trap.MountAgent;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;

/** Mounts in the container through its agent, each with the emulated parts of its kind. */
final class InsideMounts implements MountAgent {
    private final AgentConnection agent;
    private final List<MountPart> procParts = new ArrayList<>();
    private final List<MountPart> sysParts = new ArrayList<>();

    InsideMounts(AgentConnection agent, List<EmulatedPath> paths) {
        this.agent = agent;
        for (EmulatedPath path : paths) {
            addIfBelow("/proc/", path, procParts);
            addIfBelow("/sys/", path, sysParts);
        }
    }

    private static void addIfBelow(String base, EmulatedPath path, List<MountPart> parts) {
        if (path.target().startsWith(base)) {
            parts.add(new MountPart(path.target(), path.target().substring(base.length())));
        }
    }

    @Override
    public void mount(
            Kind kind, String options, long attributes, OwnedFd mounts, OwnedFd pids, OwnedFd network, OwnedFd target)
            throws ErrnoException {
        switch (kind) {
            case PROC -> agent.mountProc(mounts, pids, target, attributes, options, procParts);
            case SYS -> agent.mountSys(mounts, network, target, attributes, options, sysParts);
        }
    }

    @Override
    public void bind(OwnedFd mounts, OwnedFd source, OwnedFd target) throws ErrnoException {
        agent.bind(mounts, source, target, 0, 0);
    }

    @Override
    public void change(Kind kind, OwnedFd mounts, OwnedFd base, long set, long clear) throws ErrnoException {
        agent.change(mounts, base, set, clear, parts(kind));
    }

    @Override
    public void unmount(Kind kind, OwnedFd mounts, OwnedFd directory, String name, int flags) throws ErrnoException {
        agent.unmount(mounts, directory, name, flags, parts(kind));
    }

    private List<MountPart> parts(Kind kind) {
        return kind == Kind.PROC ? procParts : sysParts;
    }
}
