package org.caisson.runtime.stage;

import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.agent.CallWriter;
import org.caisson.linux.Capabilities;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/** What the container's program is and as whom it runs. Every setter returns this. */
public final class ProcessOrders {
    private final List<String> arguments;
    private List<String> environment = List.of();
    private String workingDirectory = "/";
    private boolean anyDirectory;
    private boolean init;
    private boolean dumpableInit;
    private boolean terminal;
    private boolean noNewPrivileges;
    private int uid;
    private int gid;
    private int[] groups = {};
    private int umask = 0022;
    private int rows;
    private int columns;
    private Capabilities.Sets capabilities = new Capabilities.Sets(0, 0, 0, 0, 0);
    private byte @Nullable [] ownFilter;
    private int ownFilterFlags;
    private byte @Nullable [] notifyFilter;
    private List<OwnedFd> streams = List.of();
    private final List<OwnedFd> inherited = new ArrayList<>();

    public ProcessOrders(List<String> arguments) {
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("no program to run");
        }
        this.arguments = List.copyOf(arguments);
    }

    /** {@code NAME=value} lines; {@code PATH} among them is where the program is looked for. */
    public ProcessOrders environment(List<String> values) {
        environment = List.copyOf(values);
        return this;
    }

    public ProcessOrders workingDirectory(String path) {
        workingDirectory = path;
        return this;
    }

    /** The program starts in {@code /} if the working directory cannot be entered. */
    public ProcessOrders anyDirectory(boolean wanted) {
        anyDirectory = wanted;
        return this;
    }

    /** A tiny init stays as pid 1, reaps and passes signals on; the program is its child. */
    public ProcessOrders init(boolean wanted) {
        init = wanted;
        return this;
    }

    /** Lets the container's processes look at its tiny init in {@code /proc/1}; only sensible in a user namespace. */
    public ProcessOrders dumpableInit(boolean wanted) {
        dumpableInit = wanted;
        return this;
    }

    /**
     * A terminal of the container's own devpts as standard streams and, in a container of its own, as
     * {@code /dev/console} if there is such a file; zero keeps the size unset.
     */
    public ProcessOrders terminal(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        terminal = true;
        return this;
    }

    public ProcessOrders noNewPrivileges(boolean wanted) {
        noNewPrivileges = wanted;
        return this;
    }

    public ProcessOrders user(int uid, int gid, int... groups) {
        this.uid = uid;
        this.gid = gid;
        this.groups = groups.clone();
        return this;
    }

    public ProcessOrders umask(int mask) {
        umask = mask & 0777;
        return this;
    }

    /** Capability sets as bit masks, bit n being capability n (capabilities(7)). One that cannot be had is a warning. */
    public ProcessOrders capabilities(long bounding, long effective, long permitted, long inheritable, long ambient) {
        capabilities = new Capabilities.Sets(inheritable, permitted, effective, bounding, ambient);
        return this;
    }

    /** The container's own filter, as an array of {@code struct sock_filter}; installed last, after the notify filter. */
    public ProcessOrders seccomp(byte[] program, int flags) {
        ownFilter = program.clone();
        ownFilterFlags = flags;
        return this;
    }

    /** The filter whose listener {@link ContainerProcess#seccompListener} hands back. */
    public ProcessOrders seccompNotify(byte[] program) {
        notifyFilter = program.clone();
        return this;
    }

    /** What the process gets as 0, 1 and 2, if it was made without; empty if it has them. */
    public ProcessOrders streams(List<OwnedFd> descriptors) {
        streams = List.copyOf(descriptors);
        return this;
    }

    List<OwnedFd> streams() {
        return streams;
    }

    /** How many descriptors {@link #inherit} takes. */
    public static final int MOST_INHERITED = Slot.MOST_INHERITED;

    /** Descriptors that the program finds as 3, 4, … */
    public ProcessOrders inherit(List<OwnedFd> descriptors) {
        inherited.addAll(descriptors);
        if (inherited.size() > Slot.MOST_INHERITED) {
            throw new IllegalArgumentException("more than " + Slot.MOST_INHERITED + " descriptors to inherit");
        }
        return this;
    }

    /** The capabilities asked for that nobody can have who has only these. */
    long lacking(Capabilities.Sets held) {
        long used = capabilities.permitted() | capabilities.effective() | capabilities.ambient();
        return ((capabilities.bounding() & ~held.bounding()) | (used & ~held.permitted())) & Capabilities.ALL;
    }

    void write(StageOrders orders, CallWriter calls, Capabilities.Sets held) {
        new ProcessCallWriter(this, orders, calls, held).write();
    }

    List<String> arguments() {
        return arguments;
    }

    List<String> environment() {
        return environment;
    }

    String workingDirectory() {
        return workingDirectory;
    }

    boolean anyDirectory() {
        return anyDirectory;
    }

    boolean init() {
        return init;
    }

    boolean dumpableInit() {
        return dumpableInit;
    }

    boolean terminal() {
        return terminal;
    }

    boolean noNewPrivileges() {
        return noNewPrivileges;
    }

    int uid() {
        return uid;
    }

    int gid() {
        return gid;
    }

    int[] groups() {
        return groups;
    }

    int umask() {
        return umask;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    Capabilities.Sets capabilities() {
        return capabilities;
    }

    byte @Nullable [] ownFilter() {
        return ownFilter;
    }

    int ownFilterFlags() {
        return ownFilterFlags;
    }

    byte @Nullable [] notifyFilter() {
        return notifyFilter;
    }

    List<OwnedFd> inherited() {
        return inherited;
    }
}
