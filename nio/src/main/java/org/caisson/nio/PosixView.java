package org.caisson.nio;

import java.io.IOException;
import java.nio.file.ProviderMismatchException;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Objects;
import java.util.Set;
import org.caisson.vfs.SetStat;

/** Owner, group and permissions of a file. */
final class PosixView extends BasicView implements PosixFileAttributeView {
    PosixView(FileReference file, boolean follow) {
        super(file, follow);
    }

    @Override
    public String name() {
        return "posix";
    }

    @Override
    public UserPrincipal getOwner() throws IOException {
        return readAttributes().owner();
    }

    @Override
    public void setOwner(UserPrincipal owner) throws IOException {
        switch (Objects.requireNonNull(owner, "owner is null")) {
            case Principal.User user -> setUid(user.id());
            case Principal.Group _ -> throw new IOException("'owner' parameter can't be a group");
            default -> throw new ProviderMismatchException();
        }
    }

    @Override
    public void setGroup(GroupPrincipal group) throws IOException {
        if (Objects.requireNonNull(group, "group is null") instanceof Principal.Group ours) {
            setGid(ours.id());
        } else {
            throw new ProviderMismatchException();
        }
    }

    @Override
    public void setPermissions(Set<PosixFilePermission> permissions) throws IOException {
        setMode(Options.mode(permissions));
    }

    void setMode(int mode) throws IOException {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = mode;
        apply(change);
    }

    void setUid(int uid) throws IOException {
        SetStat change = new SetStat();
        change.mask = SetStat.UID;
        change.uid = uid;
        apply(change);
    }

    void setGid(int gid) throws IOException {
        SetStat change = new SetStat();
        change.mask = SetStat.GID;
        change.gid = gid;
        apply(change);
    }

    /** The owner alone. */
    FileOwnerAttributeView asOwnerView() {
        return new OwnerView(this);
    }

    private record OwnerView(PosixView whole) implements FileOwnerAttributeView {
        @Override
        public String name() {
            return "owner";
        }

        @Override
        public UserPrincipal getOwner() throws IOException {
            return whole.getOwner();
        }

        @Override
        public void setOwner(UserPrincipal owner) throws IOException {
            whole.setOwner(owner);
        }
    }
}
