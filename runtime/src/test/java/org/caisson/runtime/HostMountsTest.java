package org.caisson.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HostMountsTest {
    @Test
    void ordinaryFileSystemsAreShownOuterOnesFirst() {
        assertThat(HostMounts.parse("""
                        20 1 8:1 / / rw - ext4 /dev/sda1 rw
                        21 20 0:5 / /proc rw - proc proc rw
                        22 20 0:6 / /dev/shm rw - tmpfs tmpfs rw
                        23 20 0:7 / /run rw,nosuid shared:5 - tmpfs tmpfs rw
                        24 20 8:2 / /var/lib/data rw - xfs /dev/sda2 rw
                        25 20 8:3 / /home rw shared:1 master:2 - ext4 /dev/sda3 rw
                        26 20 8:4 / /mnt/a\\040b rw - btrfs /dev/sda4 rw
                        27 20 0:8 / /mnt/net rw - fuse.sshfs x rw
                        28 20 8:5 / /srv rw - ext4 /dev/sda5 rw
                        29 28 0:9 / /srv rw - fuse x rw
                        """)).containsExactly("/home", "/mnt/a b", "/var/lib/data");
    }

    @Test
    void linesThatAreNoneAreNone() {
        assertThat(HostMounts.parse("")).isEmpty();
        assertThat(HostMounts.parse("x\n\n1 2 3 4\n1 2 3 4 /a b - ")).isEmpty();
    }
}
