package org.caisson.vfs.overlay;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * What an overlay is made of and how it behaves: the mount options of the kernel's overlayfs.
 *
 * @param lowers the read-only layers, topmost first ({@code lowerdir})
 * @param dataLayers layers beneath those, of which only absolute redirects of files see anything ({@code lowerdir=…::…})
 * @param upper the layer that is written ({@code upperdir}); null for an overlay that cannot be written to
 * @param work an empty directory on the mount of the upper layer, beside it ({@code workdir}); null if there is no upper layer
 * @param redirects what becomes of directories that are renamed ({@code redirect_dir})
 * @param metacopy whether a change of attributes copies up no data ({@code metacopy})
 * @param userAttributes whether layers are marked by attributes that need no privilege ({@code userxattr})
 * @param isVolatile whether what is copied up need not be on the disk before it is seen ({@code volatile})
 * @param names how many names are remembered at most that nobody uses, missing ones among them
 */
public record OverlayOptions(
        List<VirtualDentry> lowers,
        List<VirtualDentry> dataLayers,
        @Nullable VirtualDentry upper,
        @Nullable VirtualDentry work,
        Redirects redirects,
        boolean metacopy,
        boolean userAttributes,
        boolean isVolatile,
        int names) {
    private static final int USUAL_NAMES = 1 << 18;

    /** The kernel's OVL_MAX_STACK. */
    public static final int MOST_LAYERS = 500;

    /** What becomes of a directory with parts in lower layers when it is renamed. */
    public enum Redirects {
        /** Renaming fails with EXDEV; redirects that are there are followed. */
        FOLLOW,
        /** Renaming fails with EXDEV, and so do redirects that are there, with EPERM. */
        NO_FOLLOW,
        /** The directory is renamed, and a redirect says where its lower parts are. */
        ON
    }

    /** Copies the lists and checks the limit. */
    public OverlayOptions {
        lowers = List.copyOf(lowers);
        dataLayers = List.copyOf(dataLayers);
        if (names < 1) {
            throw new IllegalArgumentException("a limit of " + names + " names");
        }
    }

    /** The same layers without the one that is written. */
    OverlayOptions withoutUpper() {
        return new OverlayOptions(lowers, dataLayers, null, null, redirects, metacopy, userAttributes, false, names);
    }

    /** An overlay without layers yet, with the kernel's defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** EINVAL for options that do not go together. */
    void validate() throws ErrnoException {
        int layers = lowers.size() + dataLayers.size();
        boolean writable = upper != null;
        boolean paired = writable == (work != null);
        boolean enough = !lowers.isEmpty() && layers <= MOST_LAYERS;
        boolean unprivileged = !userAttributes || (redirects == Redirects.NO_FOLLOW && !metacopy);
        boolean copies = !metacopy || redirects == (writable ? Redirects.ON : redirects);
        boolean follows = !metacopy || redirects != Redirects.NO_FOLLOW;
        if (!paired || !enough || !unprivileged || !copies || !follows) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Collects options. */
    public static final class Builder {
        private final List<VirtualDentry> lowers = new ArrayList<>();
        private final List<VirtualDentry> dataLayers = new ArrayList<>();
        private @Nullable VirtualDentry upper;
        private @Nullable VirtualDentry work;
        private @Nullable Redirects redirects;
        private boolean metacopy;
        private boolean userAttributes;
        private boolean isVolatile;
        private int names = USUAL_NAMES;

        private Builder() {}

        /** Adds a layer beneath those added before. */
        public Builder lower(VirtualDentry directory) {
            lowers.add(directory);
            return this;
        }

        /** Adds a layer of data beneath those added before. */
        public Builder data(VirtualDentry directory) {
            dataLayers.add(directory);
            return this;
        }

        /** Sets the layer that is written, and the empty directory beside it that this needs. */
        public Builder upper(VirtualDentry directory, VirtualDentry workDirectory) {
            upper = directory;
            work = workDirectory;
            return this;
        }

        /** Sets what becomes of renamed directories; {@link Redirects#FOLLOW}, without privileges {@link Redirects#NO_FOLLOW}, if not set. */
        public Builder redirects(Redirects manner) {
            redirects = manner;
            return this;
        }

        public Builder metacopy(boolean on) {
            metacopy = on;
            return this;
        }

        public Builder userAttributes(boolean on) {
            userAttributes = on;
            return this;
        }

        public Builder isVolatile(boolean on) {
            isVolatile = on;
            return this;
        }

        /** Sets how many names are remembered at most. */
        public Builder names(int most) {
            names = most;
            return this;
        }

        public OverlayOptions build() {
            Redirects manner = redirects;
            if (manner == null) {
                boolean writesRedirects = metacopy && upper != null;
                manner = userAttributes ? Redirects.NO_FOLLOW : writesRedirects ? Redirects.ON : Redirects.FOLLOW;
            }
            return new OverlayOptions(
                    lowers, dataLayers, upper, work, manner, metacopy, userAttributes, isVolatile, names);
        }
    }
}
