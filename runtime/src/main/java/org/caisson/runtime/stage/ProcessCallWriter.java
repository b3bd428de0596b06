package org.caisson.runtime.stage;

import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.agent.Call;
import org.caisson.emulation.agent.CallWriter;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Capabilities;
import org.caisson.linux.Errno;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;

/**
 * The way from the stage's root powers to the program's own. The notify filter comes first, for its listener must still be
 * sent; the program's own filter comes last. Without no_new_privs that one needs CAP_SYS_ADMIN, so the user changes after
 * it, otherwise before anything is promised.
 */
final class ProcessCallWriter {
    private static final int TIOCSCTTY = 0x540e;
    private static final int TIOCSWINSZ = 0x5414;
    private static final int TIOCSPTLCK = 0x40045431;
    private static final int TIOCGPTPEER = 0x5441;
    /** Major 5, minor 2 of {@code Documentation/admin-guide/devices.txt}, as {@code dev_t} has it. */
    private static final int PTMX = 0x502;

    private static final int PR_SET_KEEPCAPS = 8;
    private static final int PR_CAPBSET_DROP = 24;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int PR_CAP_AMBIENT = 47;
    private static final int PR_CAP_AMBIENT_RAISE = 2;
    private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int KEYCTL_JOIN_SESSION_KEYRING = 1;
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int SECCOMP_NEW_LISTENER = 8;
    private static final int SECCOMP_WAIT_KILLABLE_RECV = 32;
    private static final int STANDARD_STREAMS = 3;
    private static final long IN_ROOT = OpenFlags.RESOLVE_IN_ROOT | OpenFlags.RESOLVE_NO_MAGICLINKS;
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final ProcessOrders orders;
    private final StageOrders stage;
    private final CallWriter calls;
    private final Capabilities.Sets held;

    ProcessCallWriter(ProcessOrders orders, StageOrders stage, CallWriter calls, Capabilities.Sets held) {
        this.orders = orders;
        this.stage = stage;
        this.calls = calls;
        this.held = held;
    }

    void write() {
        step(Step.DESCRIPTORS, "standard streams");
        for (int i = 0; i < orders.streams().size(); i++) {
            calls.runOn(stage.slot(orders.streams().get(i)), Call.DUP3, i, 0);
        }
        if (orders.terminal()) {
            terminal();
        }
        workingDirectory();
        if (orders.noNewPrivileges()) {
            step(Step.NO_NEW_PRIVILEGES, "");
            calls.run(Call.PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        }
        notifyFilter();
        place();
        byte[] filter = orders.ownFilter();
        boolean late = orders.init() || (filter != null && !orders.noNewPrivileges());
        if (!late) {
            becomeUser();
        }
        step(Step.START, "");
        calls.run(Call.SAY_READY);
        newKeyring();
        newSession();
        if (orders.init()) {
            step(Step.FORK, "program");
            // The program's filter is not the init's: then nobody may have it make calls for him.
            calls.run(Call.RUN_INIT, orders.dumpableInit() && filter == null ? 1 : 0);
            newSession();
        }
        session();
        calls.run(Call.UMASK, orders.umask());
        step(Step.DESCRIPTORS, "inherit");
        for (int i = 0; i < orders.inherited().size(); i++) {
            calls.runOn(Slot.FIRST_INHERITED + i, Call.FCNTL, FileCalls.F_SETFD, 0);
        }
        calls.run(Call.DEFAULT_SIGNALS);
        if (filter != null) {
            step(Step.SECCOMP, "filter");
            calls.call(Call.SECCOMP)
                    .number(SECCOMP_SET_MODE_FILTER)
                    .number(orders.ownFilterFlags())
                    .blob(filter)
                    .end();
        }
        if (late) {
            becomeUser();
        }
        workingDirectoryAgain();
        execute();
    }

    /** A terminal of the container's own devpts, whose {@code /dev/ptmx} may be anything that answers ioctl(2); its peer may become /dev/console too. */
    private void terminal() {
        int how = OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC;
        step(Step.TERMINAL, "/dev/ptmx");
        calls.into(Slot.TERMINAL).open(CallWriter.NOWHERE, "/dev/ptmx", how, 0);
        calls.runOn(Slot.TERMINAL, Call.EXPECT_DEVICE, StatMode.S_IFCHR, PTMX);
        calls.call(Call.IOCTL_BYTES)
                .slot(Slot.TERMINAL)
                .number(TIOCSPTLCK)
                .words(0)
                .end();
        step(Step.TERMINAL, "/dev/pts");
        calls.into(Slot.TERMINAL_PEER).runOn(Slot.TERMINAL, Call.IOCTL, TIOCGPTPEER, how);
        if (orders.rows() != 0) {
            int size = (orders.rows() & 0xffff) | (orders.columns() << 16);
            calls.call(Call.IOCTL_BYTES)
                    .slot(Slot.TERMINAL)
                    .number(TIOCSWINSZ)
                    .words(size, 0)
                    .end();
        }
        calls.call(Call.FCHOWNAT)
                .slot(Slot.TERMINAL_PEER)
                .string("")
                .number(orders.uid())
                .number(-1);
        calls.number(AtFlags.AT_EMPTY_PATH).end();
        if (stage.changesRoot()) {
            step(Step.TERMINAL, "/dev/console");
            calls.into(Slot.TARGET).forgiveAll().skip(0, 2);
            calls.open(CallWriter.NOWHERE, "/dev/console", OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, 0);
            calls.into(Slot.TREE).cloneTree(Slot.TERMINAL_PEER, "", 0);
            calls.attach(Slot.TREE, Slot.TARGET);
        }
    }

    /** Not through a magic link: that could lead out of the container. Where root may not go, the user may. */
    private void workingDirectory() {
        step(Step.WORKING_DIRECTORY, orders.workingDirectory());
        calls.into(Slot.ROOT).open(CallWriter.NOWHERE, "/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        if (orders.anyDirectory()) {
            calls.into(Slot.WORKING_DIRECTORY).forgiveAll().skip(1, 0);
            calls.open(Slot.ROOT, orders.workingDirectory(), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, IN_ROOT);
            calls.into(Slot.WORKING_DIRECTORY);
            calls.open(Slot.ROOT, "/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, IN_ROOT);
        } else {
            calls.into(Slot.WORKING_DIRECTORY).forgive(Errno.EACCES).skip(0, 2);
            calls.open(Slot.ROOT, orders.workingDirectory(), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, IN_ROOT);
        }
        calls.forgive(Errno.EACCES).skip(1, 0).runOn(Slot.WORKING_DIRECTORY, Call.FCHDIR);
        calls.run(Call.CLOSE_SLOT, Slot.WORKING_DIRECTORY);
    }

    private void workingDirectoryAgain() {
        step(Step.WORKING_DIRECTORY, orders.workingDirectory());
        calls.forgive(Errno.EBADF).skip(3, 0).runOn(Slot.WORKING_DIRECTORY, Call.FCNTL, FileCalls.F_GETFD, 0);
        calls.into(Slot.ROOT_AGAIN).open(CallWriter.NOWHERE, "/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0);
        calls.into(Slot.WORKING_DIRECTORY_AGAIN);
        calls.open(Slot.ROOT_AGAIN, orders.workingDirectory(), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, IN_ROOT);
        calls.runOn(Slot.WORKING_DIRECTORY_AGAIN, Call.FCHDIR);
    }

    /** Kernels before 5.19 do not know WAIT_KILLABLE_RECV: there a signal may interrupt a trapped call. */
    private void notifyFilter() {
        byte[] filter = orders.notifyFilter();
        if (filter == null) {
            return;
        }
        step(Step.SECCOMP, "notify");
        calls.into(Slot.LISTENER)
                .forgive(Errno.EINVAL)
                .skip(1, 0)
                .call(Call.SECCOMP)
                .number(SECCOMP_SET_MODE_FILTER);
        calls.number(SECCOMP_NEW_LISTENER | SECCOMP_WAIT_KILLABLE_RECV)
                .blob(filter)
                .end();
        calls.into(Slot.LISTENER).call(Call.SECCOMP).number(SECCOMP_SET_MODE_FILTER);
        calls.number(SECCOMP_NEW_LISTENER).blob(filter).end();
    }

    /**
     * Moves the descriptors to 3, 4, …, those of the program first, and closes all others. From here on other slots
     * than these hold nothing, and no slot may be used twice.
     */
    private void place() {
        List<Integer> slots = new ArrayList<>();
        for (int i = 0; i < orders.inherited().size(); i++) {
            slots.add(Slot.FIRST_INHERITED + i);
        }
        slots.addAll(List.of(
                Slot.CONTROL, Slot.SYNC, Slot.LISTENER, Slot.TERMINAL, Slot.TERMINAL_PEER, Slot.WORKING_DIRECTORY));
        int end = STANDARD_STREAMS + slots.size();
        step(Step.DESCRIPTORS, "duplicate");
        for (int i = 0; i < slots.size(); i++) {
            int slot = slots.get(i);
            int from = i < orders.inherited().size()
                    ? stage.slot(orders.inherited().get(i))
                    : slot;
            calls.into(slot).forgive(Errno.EBADF).runOn(from, Call.FCNTL, FileCalls.F_DUPFD_CLOEXEC, end);
        }
        for (int i = 0; i < slots.size(); i++) {
            calls.into(slots.get(i)).forgive(Errno.EBADF);
            calls.runOn(slots.get(i), Call.DUP3, STANDARD_STREAMS + i, OpenFlags.O_CLOEXEC);
        }
        calls.run(Call.CLOSE_RANGE, end, 0xffffffffL, 0);
    }

    private void becomeUser() {
        Capabilities.Sets wanted = orders.capabilities();
        step(Step.CAPABILITIES, "bounding");
        for (int cap = 0; cap < Long.SIZE; cap++) {
            if ((held.bounding() & ~wanted.bounding()) >>> cap << 63 != 0) {
                calls.run(Call.PRCTL, PR_CAPBSET_DROP, cap, 0, 0, 0);
            }
        }
        step(Step.IDENTITY, "user " + orders.uid());
        calls.run(Call.PRCTL, PR_SET_KEEPCAPS, 1, 0, 0, 0);
        if (orders.groups().length == 0) {
            calls.forgive(Errno.EPERM); // setgroups may be denied in this user namespace
        }
        calls.call(Call.SETGROUPS).words(orders.groups()).end();
        calls.run(Call.SETRESGID, orders.gid(), orders.gid(), orders.gid());
        calls.run(Call.SETRESUID, orders.uid(), orders.uid(), orders.uid());
        calls.run(Call.PRCTL, PR_SET_KEEPCAPS, 0, 0, 0, 0);
        setCapabilities(wanted);
        calls.run(Call.DIE_WITH_PARENT);
    }

    /** What cannot be had is left out: the specification wants a warning, not an error. */
    private void setCapabilities(Capabilities.Sets wanted) {
        long bounding = held.bounding() & wanted.bounding();
        long permitted = held.permitted() & wanted.permitted();
        long effective = permitted & wanted.effective();
        long inheritable = bounding & wanted.inheritable();
        step(Step.CAPABILITIES, "set");
        calls.call(Call.CAPSET).words(CAPABILITY_VERSION_3, 0);
        calls.words(
                        (int) effective,
                        (int) permitted,
                        (int) inheritable,
                        (int) (effective >>> 32),
                        (int) (permitted >>> 32),
                        (int) (inheritable >>> 32))
                .end();
        calls.forgiveAll().run(Call.PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        long ambient = wanted.ambient() & permitted & inheritable;
        step(Step.CAPABILITIES, "ambient");
        for (int cap = 0; cap < Long.SIZE; cap++) {
            if (ambient >>> cap << 63 != 0) {
                calls.run(Call.PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
            }
        }
    }

    /**
     * The caller's terminal must not be the controlling one of anything in the container: whose it is may type into it
     * (TIOCSTI of ioctl_tty(2)) and gets its signals, which the caller hands on anyway.
     */
    private void newSession() {
        step(Step.SESSION, "setsid");
        calls.run(Call.SETSID);
    }

    /**
     * The caller's session keyring (session-keyring(7)) opens to whoever inherited it. A kernel without keys, or without
     * room for one more, gives none.
     */
    private void newKeyring() {
        step(Step.SESSION, "keyring");
        calls.forgiveAll().run(Call.KEYCTL, KEYCTL_JOIN_SESSION_KEYRING);
    }

    private void session() {
        if (orders.terminal()) {
            step(Step.SESSION, "terminal");
            calls.runOn(Slot.TERMINAL_PEER, Call.IOCTL, TIOCSCTTY, 0);
            for (int fd = 0; fd < STANDARD_STREAMS; fd++) {
                calls.runOn(Slot.TERMINAL_PEER, Call.DUP3, fd, 0);
            }
        }
    }

    /** As execvpe(3) looks for a program. */
    private void execute() {
        String name = orders.arguments().get(0);
        List<String> paths = new ArrayList<>();
        if (name.isEmpty() || name.indexOf('/') >= 0) {
            paths.add(name);
        } else {
            String search = DEFAULT_PATH;
            for (String variable : orders.environment()) {
                if (variable.startsWith("PATH=")) {
                    search = variable.substring("PATH=".length());
                }
            }
            for (String directory : search.split(":", -1)) {
                paths.add((directory.isEmpty() ? "." : directory) + "/" + name);
            }
        }
        step(Step.EXEC, name);
        calls.call(Call.EXECUTE)
                .strings(paths)
                .strings(orders.arguments())
                .strings(orders.environment())
                .end();
    }

    private void step(Step step, String about) {
        calls.step(step.code(), about);
    }
}
