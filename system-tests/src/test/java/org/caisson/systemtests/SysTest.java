package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of the machine a container's root sees and can do below {@code /sys}. */
class SysTest {
    private static final Path HASH_SIZE = Path.of("/sys/module/nf_conntrack/parameters/hashsize");
    private static final Path PRODUCT = Path.of("/sys/devices/virtual/dmi/id/product_uuid");

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    private String inside(String script) throws Exception {
        return caisson.doShell(script).output();
    }

    @Test
    void rootMountsOnThePlacesForIt() throws Exception {
        assertThat(
                        inside(
                                "cd /sys/kernel; stat -c '%n %a %u' config debug security tracing; for d in config debug security tracing;"
                                        + " do ls -A $d; mount -t tmpfs none $d && touch $d/x && mountpoint -q $d && umount $d && ls -A $d; done"))
                .isEqualTo("config 755 0\ndebug 700 0\nsecurity 755 0\ntracing 700 0\n");
    }

    @Test
    void theKernelTellsWhatProgramsChooseByAndNotWhatTheHostDoes() throws Exception {
        assertThat(inside("cat /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/cgroup/features"))
                .isEqualTo(Files.readString(Path.of("/sys/kernel/mm/transparent_hugepage/enabled"))
                        + Files.readString(Path.of("/sys/kernel/cgroup/features")));
        assertThat(inside("cd /sys/kernel; ls -d notes vmcoreinfo boot_params btf slab irq iommu_groups profiling"
                        + " 2>/dev/null; true"))
                .isEmpty();
    }

    @Test
    void theNetworksDevicesAreTheContainersOwn() throws Exception {
        assertThat(inside("ls /sys/class/net; ls /sys/devices/virtual/net; ip link add dev own type bridge;"
                        + " cat /sys/class/net/own/operstate"))
                .startsWith("lo\n")
                .endsWith("lo\ndown\n");
        assertThat(Path.of("/sys/class/net/own")).doesNotExist();
    }

    @Test
    void noBlockDeviceOfTheHostIsNamed() throws Exception {
        assertThat(inside(
                        "cd /sys; find block/ class/block/ dev/block/ devices/virtual/block/ power/ firmware/ -mindepth 1;"
                                + " lsblk -n 2> /dev/null; true"))
                .isEmpty();
    }

    /** Root in the container opens what its owner may; a new sysfs is no other. */
    @Test
    void nothingIsWritableThatIsNotTheContainers() throws Exception {
        assertThat(
                        inside(
                                "mkdir /tmp/sys && mount -t sysfs none /tmp/sys && for top in /sys /tmp/sys; do"
                                        + " find $top/kernel $top/power $top/block $top/class $top/devices/virtual $top/firmware"
                                        + " $top/module $top/devices/system -path '*/net/*' -prune -o -type f -writable -print; done"
                                        + " | grep -v parameters/hashsize | while read f; do (: >> $f) 2>/dev/null && echo $f; done; true"))
                .isEmpty();
    }

    @Test
    void theSizeOfTheConnectionTableIsTheContainersOwn() throws Exception {
        Assumptions.assumeTrue(Files.exists(HASH_SIZE), "the host tracks no connections");
        var before = Files.readString(HASH_SIZE);

        assertThat(inside("f=" + HASH_SIZE + "; stat -c '%a %u' $f; cat $f; echo 2048 > $f && cat $f;"
                        + " echo 0 > $f || echo refused; cat $f"))
                .isEqualTo("600 0\n" + before + "2048\nrefused\n2048\n");
        assertThat(Files.readString(HASH_SIZE)).isEqualTo(before);
        assertThat(inside("cat " + HASH_SIZE)).isEqualTo(before);
    }

    @Test
    void aContainerIsAProductOfItsOwn() throws Exception {
        Assumptions.assumeTrue(Files.exists(PRODUCT), "the host tells no product");
        var one = inside("cat " + PRODUCT + " /sys/class/dmi/id/product_uuid")
                .lines()
                .toList();

        assertThat(one.getFirst())
                .isEqualTo(one.getLast())
                .isNotEqualTo(Files.readString(PRODUCT).strip());
        assertThat(inside("cat " + PRODUCT).strip()).isNotEqualTo(one.getFirst());
    }
}
