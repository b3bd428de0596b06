package org.caisson.nio;

import java.io.IOException;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;

/** The users and groups of a file system: those that its own {@code /etc/passwd} and {@code /etc/group} name; see passwd(5), group(5). */
final class Accounts extends UserPrincipalLookupService {
    private final AccountFile users;
    private final AccountFile groups;

    Accounts(CaissonFileSystem system) {
        users = new AccountFile(CaissonPath.of(system.getPath("/etc/passwd")));
        groups = new AccountFile(CaissonPath.of(system.getPath("/etc/group")));
    }

    UserPrincipal user(int uid) {
        return new Principal.User(uid, users.name(uid));
    }

    GroupPrincipal group(int gid) {
        return new Principal.Group(gid, groups.name(gid));
    }

    /** A user by name or, if no user has it, by number. */
    @Override
    public UserPrincipal lookupPrincipalByName(String name) throws IOException {
        return new Principal.User(number(users, name), name);
    }

    /** A group by name or, if no group has it, by number. */
    @Override
    public GroupPrincipal lookupPrincipalByGroupName(String group) throws IOException {
        return new Principal.Group(number(groups, group), group);
    }

    private static int number(AccountFile file, String name) throws UserPrincipalNotFoundException {
        Integer known = file.number(name);
        if (known != null) {
            return known;
        }
        try {
            return Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw new UserPrincipalNotFoundException(name);
        }
    }
}
