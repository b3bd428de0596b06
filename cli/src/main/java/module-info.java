/** The caisson command. */
module org.caisson.cli {
    requires static org.jspecify;
    requires org.caisson.linux;
    requires org.caisson.vfs;
    requires org.caisson.image;
    requires org.caisson.fuse;
    requires org.caisson.emulation;
    requires org.caisson.runtime;
    requires info.picocli;
}
