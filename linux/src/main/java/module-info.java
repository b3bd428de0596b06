/** Linux's ABI through {@code java.lang.foreign}. */
module org.caisson.linux {
    requires static transitive org.jspecify;

    exports org.caisson.linux;
    exports org.caisson.linux.seccomp;
}
