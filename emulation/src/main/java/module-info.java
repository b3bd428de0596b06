/** What a container sees in /proc and /sys, and what its trapped system calls do. */
module org.caisson.emulation {
    requires static org.jspecify;
    requires transitive org.caisson.linux;
    requires transitive org.caisson.vfs;
    requires transitive org.caisson.fuse;

    exports org.caisson.emulation;
    exports org.caisson.emulation.agent;
    exports org.caisson.emulation.policy;
    exports org.caisson.emulation.trap;
}
