package org.caisson.emulation;

import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.agent.AgentConnection;
import org.caisson.emulation.agent.MountPart;
import org.caisson.emulation.trap.Covers;
import org.caisson.emulation.trap.DetachedTree;
import org.caisson.emulation.trap.MountAgent;
import org.caisson.emulation.trap.MountAttributes;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;

/** Mounts in the container through its agent, each with the emulated parts of its kind. */
final class InsideMounts implements MountAgent {
    private final AgentConnection agent;
    private final List<MountPart> procParts = new ArrayList<>();
    private final List<MountPart> sysParts = new ArrayList<>();
    /** The emulated parts, and what covers others. */
    private final List<MountPart> allProcParts = new ArrayList<>();

    private final List<MountPart> allSysParts = new ArrayList<>();

    InsideMounts(AgentConnection agent, List<EmulatedPath> paths, Covers covers) {
        this.agent = agent;
        for (EmulatedPath path : paths) {
            addIfBelow("/proc/", path, procParts);
            addIfBelow("/sys/", path, sysParts);
        }
        addCovers("/proc/", procParts, covers.proc(), allProcParts);
        addCovers("/sys/", sysParts, covers.sys(), allSysParts);
    }

    /** One that covers an emulated part lies over it, and comes with it. */
    private static void addCovers(String base, List<MountPart> parts, List<String> covered, List<MountPart> all) {
        all.addAll(parts);
        for (String below : covered) {
            if (!isAmong(parts, below)) {
                all.add(new MountPart(base + below, below, false));
            }
        }
    }

    /** By its path alone: to compare whole records costs a start the making of their equals. */
    private static boolean isAmong(List<MountPart> parts, String below) {
        for (MountPart part : parts) {
            if (part.below().equals(below)) {
                return true;
            }
        }
        return false;
    }

    private static void addIfBelow(String base, EmulatedPath path, List<MountPart> parts) {
        if (path.target().startsWith(base)) {
            parts.add(new MountPart(path.target(), path.target().substring(base.length()), true));
        }
    }

    @Override
    public void mount(
            Kind kind, String options, long attributes, OwnedFd mounts, OwnedFd pids, OwnedFd network, OwnedFd target)
            throws ErrnoException {
        switch (kind) {
            case PROC -> agent.mountProc(mounts, pids, target, attributes, options, allProcParts);
            case SYS -> agent.mountSys(mounts, network, target, attributes, options, allSysParts);
        }
    }

    @Override
    public void bind(OwnedFd mounts, OwnedFd source, OwnedFd target) throws ErrnoException {
        agent.bind(mounts, source, target, 0, 0);
    }

    @Override
    public void attach(OwnedFd mounts, OwnedFd tree, OwnedFd target) throws ErrnoException {
        agent.attach(mounts, tree, target);
    }

    @Override
    public void change(Kind kind, OwnedFd mounts, OwnedFd base, long set, long clear) throws ErrnoException {
        agent.change(mounts, base, set, clear, kind == Kind.PROC ? procParts : sysParts);
    }

    @Override
    public void detach(OwnedFd mounts, OwnedFd base) throws ErrnoException {
        agent.detach(mounts, base);
    }

    @Override
    public OwnedFd open(Kind kind, OwnedFd pids, OwnedFd network) throws ErrnoException {
        return switch (kind) {
            case PROC -> agent.openProc(pids);
            case SYS -> agent.openSys(network);
        };
    }

    @Override
    public DetachedTree fsmount(Kind kind, OwnedFd context, long attributes) throws ErrnoException {
        return tree(agent.fsmount(context, attributes, kind == Kind.PROC ? allProcParts : allSysParts));
    }

    @Override
    public DetachedTree copyTree(OwnedFd mounts, OwnedFd source) throws ErrnoException {
        return tree(agent.copyTree(mounts, source));
    }

    private static DetachedTree tree(List<OwnedFd> given) {
        return new DetachedTree(given.getFirst(), given.getLast());
    }

    @Override
    public void changeDetached(OwnedFd mounts, OwnedFd base, MountAttributes change) throws ErrnoException {
        agent.changeDetached(
                mounts, base, change.set(), change.clear(), change.propagation(), MountAttributes.CHANGEABLE);
    }
}
