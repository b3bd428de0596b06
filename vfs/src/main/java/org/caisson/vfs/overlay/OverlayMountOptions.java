package org.caisson.vfs.overlay;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemParameter;
import org.caisson.vfs.Mounter;
import org.caisson.vfs.Name;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** Options of overlayfs as {@code fs/overlayfs/params.c} of the kernel reads them. One thread at a time. */
final class OverlayMountOptions {
    private static final String VOLATILE = "volatile";
    private static final Set<String> SWITCH = Set.of("on", "off");

    private final FileSystemLog log;
    private final Mounter mounter;
    private final List<GivenLayer> lowers = new ArrayList<>();
    /** What was given as {@code lowerdir}, all in one; null if layers came one by one. */
    private @Nullable Name together;

    private @Nullable GivenLayer upper;
    private @Nullable GivenLayer work;

    // What was given, null for what was not.
    private @Nullable String redirects;
    private @Nullable String metacopy;
    private @Nullable String index;
    private @Nullable String uuid;
    private @Nullable String xino;
    private String sync = "auto";
    private boolean userAttributes;
    private boolean defaultPermissions;

    /** A directory that was given as a layer. */
    private record GivenLayer(VirtualDentry place, Name text, boolean data) {}

    OverlayMountOptions(FileSystemLog log, Mounter mounter) {
        this.log = log;
        this.mounter = mounter;
    }

    /** Takes one option; false if there is no such option. */
    boolean take(FileSystemParameter option) throws ErrnoException {
        switch (option.key()) {
            case "lowerdir" -> takeTogether(option);
            case "lowerdir+" -> addLower(option, false);
            case "datadir+" -> addLower(option, true);
            case "upperdir" -> upper = layer(option);
            case "workdir" -> work = layer(option);
            case "redirect_dir" -> redirects = choice(option, Set.of("on", "off", "follow", "nofollow"));
            case "metacopy" -> metacopy = choice(option, SWITCH);
            case "index" -> index = supported(option, choice(option, SWITCH), "off");
            case "nfs_export" -> supported(option, choice(option, SWITCH), "on");
            case "verity" -> {
                String verity = choice(option, Set.of("on", "off", "require"));
                supported(option, supported(option, verity, "on"), "require");
            }
            case "uuid" -> uuid = supported(option, choice(option, Set.of("off", "null", "auto", "on")), "on");
            case "xino" -> xino = choice(option, Set.of("off", "auto", "on"));
            case "fsync" -> sync = choice(option, Set.of("volatile", "auto", "strict"));
            case "volatile" -> sync = isSet(option) ? VOLATILE : sync;
            case "userxattr" -> userAttributes = isSet(option);
            case "default_permissions" -> defaultPermissions = isSet(option);
            case "override_creds" -> isSet(option);
            case "nooverride_creds" -> supported(option, isSet(option) ? "on" : "", "on");
            default -> {
                return false;
            }
        }
        return true;
    }

    private String supported(FileSystemParameter option, String value, String refused) throws ErrnoException {
        if (value.equals(refused)) {
            throw refuse(option.key() + "=" + value + " is not supported");
        }
        return value;
    }

    private ErrnoException refuse(String why) {
        log.error(OverlayType.NAME + ": " + why);
        return Errno.EINVAL.exception();
    }

    private ErrnoException badValue(FileSystemParameter option) {
        log.badValue(OverlayType.NAME, option.key());
        return Errno.EINVAL.exception();
    }

    private boolean isSet(FileSystemParameter option) throws ErrnoException {
        if (!(option instanceof FileSystemParameter.Flag)) {
            throw refuse("Unexpected value for '" + option.key() + "'");
        }
        return true;
    }

    private String choice(FileSystemParameter option, Set<String> known) throws ErrnoException {
        if (option instanceof FileSystemParameter.Text text
                && known.contains(text.value().toString())) {
            return text.value().toString();
        }
        throw badValue(option);
    }

    // Layers.

    private GivenLayer layer(FileSystemParameter option) throws ErrnoException {
        GivenLayer given = single(option, true, false);
        if (given.place().mount().isReadOnly()) {
            throw refuse("filesystem on " + given.text() + " is read-only");
        }
        return given;
    }

    private GivenLayer single(FileSystemParameter option, boolean escaped, boolean data) throws ErrnoException {
        return switch (option) {
            case FileSystemParameter.Text text when text.value().length() > 0 -> find(text.value(), escaped, data);
            case FileSystemParameter.Place place -> directory(place.value(), shown(place.value()), data);
            case FileSystemParameter.Opened opened ->
                directory(opened.value().place(), shown(opened.value().place()), data);
            default -> throw badValue(option);
        };
    }

    private Name shown(VirtualDentry place) {
        byte[] path = mounter.system().pathOf(place.mount().root(), place);
        return Name.of(path, 0, path.length);
    }

    private GivenLayer find(Name text, boolean escaped, boolean data) throws ErrnoException {
        VirtualDentry place;
        try {
            place = mounter.lookup(escaped ? unescaped(text) : text);
        } catch (ErrnoException failure) {
            log.error("overlay: failed to resolve '" + text + "': -"
                    + failure.errno().number());
            throw failure;
        }
        return directory(place, text, data);
    }

    private GivenLayer directory(VirtualDentry place, Name text, boolean data) throws ErrnoException {
        if (!new LayerCalls(mounter.system(), mounter.credentials()).stat(place).isDirectory()) {
            throw refuse(text + " is not a directory");
        }
        return new GivenLayer(place, text, data);
    }

    /** A backslash makes the next byte one of a name ({@code ovl_unescape}). */
    private static Name unescaped(Name text) {
        byte[] bytes = text.toByteArray();
        byte[] plain = new byte[bytes.length];
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            boolean escapes = bytes[i] == '\\' && i + 1 < bytes.length;
            i += escapes ? 1 : 0;
            plain[length++] = bytes[i];
        }
        return Name.of(plain, 0, length);
    }

    private void addLower(FileSystemParameter option, boolean data) throws ErrnoException {
        if (together != null) {
            throw refuse("lowerdir+ and datadir+ cannot follow lowerdir");
        }
        if (data && lowers.isEmpty()) {
            throw refuse("a data layer needs a regular one above it");
        }
        requireOrder(data);
        lowers.add(single(option, false, data));
    }

    private void requireOrder(boolean data) throws ErrnoException {
        if (!data && !lowers.isEmpty() && lowers.getLast().data()) {
            throw refuse("regular lower layers cannot follow data layers");
        }
    }

    private void takeTogether(FileSystemParameter option) throws ErrnoException {
        if (!(option instanceof FileSystemParameter.Text text)) {
            throw badValue(option);
        }
        lowers.clear();
        together = null;
        if (text.value().length() == 0) {
            return;
        }
        takeSplit(text.value().toByteArray());
        together = text.value();
    }

    /** Layers between colons; two of them begin those of data ({@code ovl_parse_param_split_lowerdirs}). */
    private void takeSplit(byte[] bytes) throws ErrnoException {
        int start = 0;
        boolean data = false;
        while (true) {
            int end = start;
            while (end < bytes.length && bytes[end] != ':') {
                end += bytes[end] == '\\' ? 2 : 1;
            }
            end = Math.min(end, bytes.length);
            if (end == start) {
                throw refuse(
                        "only single ':' or double '::' sequences of unescaped colons in lowerdir mount option allowed");
            }
            requireOrder(data);
            lowers.add(find(Name.of(bytes, start, end - start), true, data));
            if (end == bytes.length) {
                return;
            }
            data = end + 1 < bytes.length && bytes[end + 1] == ':';
            start = end + (data ? 2 : 1);
        }
    }

    // What it comes to.

    private boolean isWritable() {
        return upper != null;
    }

    private boolean isVolatile() {
        return isWritable() && sync.equals(VOLATILE);
    }

    private OverlayOptions.Redirects redirects() {
        if ("nofollow".equals(redirects) || userAttributes) {
            return OverlayOptions.Redirects.NO_FOLLOW;
        }
        boolean implied = redirects == null && copiesMetadata();
        boolean on = "on".equals(redirects) || implied || !isWritable();
        return on ? OverlayOptions.Redirects.ON : OverlayOptions.Redirects.FOLLOW;
    }

    private boolean copiesMetadata() {
        return "on".equals(metacopy);
    }

    /** The options of the whole; EINVAL if some do not go together ({@code ovl_fs_params_verify}). */
    OverlayOptions choose() throws ErrnoException {
        if (copiesMetadata() && redirects != null) {
            boolean goes = isWritable() ? redirects.equals("on") : !redirects.equals("nofollow");
            if (!goes) {
                throw refuse("conflicting options: metacopy=on,redirect_dir=" + redirects);
            }
        }
        if (userAttributes && redirects != null && !redirects.equals("nofollow")) {
            throw refuse("conflicting options: userxattr,redirect_dir=" + redirects);
        }
        if (userAttributes && copiesMetadata()) {
            throw refuse("conflicting options: userxattr,metacopy=on");
        }
        if (lowers.isEmpty()) {
            throw refuse("missing 'lowerdir'");
        }
        if (isWritable() && work == null) {
            throw refuse("missing 'workdir'");
        }
        if (!isWritable() && lowers.size() == 1) {
            throw refuse("at least 2 lowerdir are needed while upperdir nonexistent");
        }
        if (lowers.size() > OverlayOptions.MOST_LAYERS) {
            throw refuse("too many lower directories, limit is " + OverlayOptions.MOST_LAYERS);
        }
        if ("off".equals(xino) && isOnSeveralFileSystems()) {
            throw refuse("xino=off is not supported with layers on several file systems");
        }
        OverlayOptions.Builder builder = OverlayOptions.builder();
        for (GivenLayer lower : lowers) {
            if (lower.data()) {
                builder.data(lower.place());
            } else {
                builder.lower(lower.place());
            }
        }
        GivenLayer written = upper;
        if (written != null) {
            builder.upper(written.place(), Objects.requireNonNull(work).place());
        }
        return builder.redirects(redirects())
                .metacopy(copiesMetadata())
                .userAttributes(userAttributes)
                .isVolatile(isVolatile())
                .build();
    }

    private boolean isOnSeveralFileSystems() {
        Set<FileSystem> all = new HashSet<>();
        lowers.forEach(lower -> all.add(lower.place().mount().fileSystem()));
        GivenLayer written = upper;
        if (written != null) {
            all.add(written.place().mount().fileSystem());
        }
        return all.size() > 1;
    }

    /** What mountinfo shows, in the order of {@code ovl_show_options}. */
    String shown() {
        StringBuilder text = new StringBuilder();
        Name all = together;
        if (all != null) {
            show(text, "lowerdir", all);
        } else {
            lowers.forEach(lower -> show(text, lower.data() ? "datadir+" : "lowerdir+", lower.text()));
        }
        GivenLayer written = upper;
        if (written != null) {
            show(text, "upperdir", written.text());
            show(text, "workdir", Objects.requireNonNull(work).text());
        }
        text.append(defaultPermissions ? ",default_permissions" : "");
        OverlayOptions.Redirects manner = redirects();
        text.append(
                switch (manner) {
                    case ON -> ",redirect_dir=on";
                    case NO_FOLLOW -> ",redirect_dir=nofollow";
                    case FOLLOW -> "";
                });
        text.append(index != null && isWritable() ? ",index=on" : "");
        text.append(uuid == null || uuid.equals("auto") ? "" : ",uuid=" + uuid);
        text.append("on".equals(xino) && isOnSeveralFileSystems() ? ",xino=on" : "");
        text.append(copiesMetadata() ? ",metacopy=on" : "");
        boolean syncs = sync.equals("auto") || (sync.equals(VOLATILE) && !isWritable());
        text.append(syncs ? "" : ",fsync=" + sync);
        text.append(userAttributes ? ",userxattr" : "");
        return text.toString();
    }

    /** The kernel's {@code seq_show_option}. */
    private static void show(StringBuilder text, String key, Name value) {
        text.append(',').append(key).append('=');
        String plain = value.toString();
        for (int i = 0; i < plain.length(); i++) {
            char at = plain.charAt(i);
            if (",= \t\n\\".indexOf(at) >= 0) {
                text.append('\\').append(String.format(java.util.Locale.ROOT, "%03o", (int) at));
            } else {
                text.append(at);
            }
        }
    }
}
