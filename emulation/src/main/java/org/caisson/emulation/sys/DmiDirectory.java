package org.caisson.emulation.sys;

import java.nio.file.Path;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.Name;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticNode;
import org.jspecify.annotations.Nullable;

/**
 * {@code /sys/devices/virtual/dmi/id}: of what model the machine is, as the host tells all its users, and the container's own
 * {@code product_uuid}. What tells this machine from others of its model is missing. See {@code drivers/firmware/dmi-id.c}.
 */
final class DmiDirectory implements DynamicDirectory.Entries {
    private static final String PRODUCT_UUID = "product_uuid";
    private static final int ROOT_READS = 0400;
    private static final long PAGE = 4096;
    private static final List<String> OF_ONE_MACHINE = List.of(
            "board_asset_tag", "board_serial", "chassis_asset_tag", "chassis_serial", "product_serial", PRODUCT_UUID);

    private final HostDirectory host;
    private final GeneratedFile productUuid;

    DmiDirectory(Path host, ProductId id) {
        this.host = new HostDirectory(host.toString(), HostDirectory.AS_IT_IS, OF_ONE_MACHINE);
        this.productUuid = GeneratedFile.of(
                        (_, out) -> out.appendAscii(id.get()).newLine())
                .withMode(ROOT_READS)
                .withSize(PAGE);
    }

    @Override
    public @Nullable SyntheticNode<?> lookup(Credentials credentials, Name name) throws ErrnoException {
        return name.toString().equals(PRODUCT_UUID) ? productUuid : host.lookup(credentials, name);
    }

    @Override
    public void list(Credentials credentials, DynamicDirectory.EntrySink sink) throws ErrnoException {
        host.list(credentials, sink);
        sink.entry(Name.of(PRODUCT_UUID), DirectorySink.typeOf(StatMode.S_IFREG));
    }
}
