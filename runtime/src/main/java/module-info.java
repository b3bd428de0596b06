/** The OCI runtime specification: bundle to container, life cycle, cgroups. */
module org.caisson.runtime {
    requires static org.jspecify;
    requires transitive org.caisson.linux;
    requires transitive org.caisson.vfs;
    requires transitive org.caisson.fuse;
    requires transitive org.caisson.emulation;
    requires com.fasterxml.jackson.core;

    exports org.caisson.runtime;
    exports org.caisson.runtime.cgroup;
    exports org.caisson.runtime.spec;
    exports org.caisson.runtime.stage;
}
