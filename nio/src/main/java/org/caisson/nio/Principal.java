package org.caisson.nio;

import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import org.jspecify.annotations.Nullable;

/** A user or a group: a number, with the name that it had when it was looked up. */
abstract class Principal implements UserPrincipal {
    private final int id;
    private final String name;

    private Principal(int id, String name) {
        this.id = id;
        this.name = name;
    }

    abstract boolean isGroup();

    int id() {
        return id;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Principal that && that.id == id && that.isGroup() == isGroup();
    }

    @Override
    public int hashCode() {
        return id;
    }

    @Override
    public String toString() {
        return name;
    }

    static final class User extends Principal {
        User(int id, String name) {
            super(id, name);
        }

        @Override
        boolean isGroup() {
            return false;
        }
    }

    static final class Group extends Principal implements GroupPrincipal {
        Group(int id, String name) {
            super(id, name);
        }

        @Override
        boolean isGroup() {
            return true;
        }
    }
}
