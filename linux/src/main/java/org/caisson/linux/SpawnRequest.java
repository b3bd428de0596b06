package org.caisson.linux;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A program for {@link ProcessCalls#spawn}: its path, arguments, environment and descriptors. The child gets
 * descriptors 0, 1 and 2 of this process unless they are mapped, the mapped ones, and no other; all its signals are at
 * their defaults and none is blocked.
 */
public final class SpawnRequest {
    record Descriptor(int source, int target) {}

    enum Group {
        INHERITED,
        OWN_GROUP,
        OWN_SESSION
    }

    private final byte[] path;
    private final List<byte[]> arguments = new ArrayList<>();
    private final List<byte[]> environment = new ArrayList<>();
    private final List<Descriptor> descriptors = new ArrayList<>();
    private Group group = Group.INHERITED;

    private SpawnRequest(byte[] path) {
        this.path = path;
    }

    /** A program by its path; {@code PATH} is not searched. The environment is empty until set. */
    public static SpawnRequest of(String path) {
        return new SpawnRequest(path.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds to the argument vector, whose first element is the program's name for itself. */
    public SpawnRequest argument(String argument) {
        return argument(argument.getBytes(StandardCharsets.UTF_8));
    }

    public SpawnRequest argument(byte[] argument) {
        arguments.add(argument);
        return this;
    }

    public SpawnRequest arguments(List<String> all) {
        for (String argument : all) {
            argument(argument);
        }
        return this;
    }

    /** Adds a variable. */
    public SpawnRequest environment(String name, String value) {
        return environment((name + "=" + value).getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a {@code NAME=value} entry as it is. */
    public SpawnRequest environment(byte[] entry) {
        environment.add(entry);
        return this;
    }

    /** Gives the child this process's {@code source} under the number {@code target}. */
    public SpawnRequest descriptor(int source, int target) {
        descriptors.add(new Descriptor(source, target));
        return this;
    }

    public SpawnRequest descriptor(OwnedFd source, int target) {
        return descriptor(source.number(), target);
    }

    /** Makes the child the leader of a session of its own, without a terminal. */
    public SpawnRequest newSession() {
        group = Group.OWN_SESSION;
        return this;
    }

    /** Makes the child the leader of a process group of its own. */
    public SpawnRequest newProcessGroup() {
        group = Group.OWN_GROUP;
        return this;
    }

    byte[] path() {
        return path;
    }

    List<byte[]> arguments() {
        return arguments;
    }

    List<byte[]> environment() {
        return environment;
    }

    List<Descriptor> descriptors() {
        return descriptors;
    }

    Group group() {
        return group;
    }
}
