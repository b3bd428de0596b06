package org.caisson.emulation.cgroup;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A kind of memory (in bytes), or an event, that a control group accounts for, with its name in {@code memory.stat} of v1 (hierarchical) and
 * of v2; see the kernel's {@code admin-guide/cgroup-v1/memory.rst} and {@code admin-guide/cgroup-v2.rst}.
 */
public enum MemoryItem {
    ANON("total_rss", "anon"),
    FILE("total_cache", "file"),
    SWAP("total_swap", null),
    SWAP_CACHED("total_swapcached", "swapcached"),
    ACTIVE_ANON("total_active_anon", "active_anon"),
    INACTIVE_ANON("total_inactive_anon", "inactive_anon"),
    ACTIVE_FILE("total_active_file", "active_file"),
    INACTIVE_FILE("total_inactive_file", "inactive_file"),
    UNEVICTABLE("total_unevictable", "unevictable"),
    DIRTY("total_dirty", "file_dirty"),
    WRITEBACK("total_writeback", "file_writeback"),
    MAPPED("total_mapped_file", "file_mapped"),
    SHMEM("total_shmem", "shmem"),
    SLAB_RECLAIMABLE(null, "slab_reclaimable"),
    SLAB_UNRECLAIMABLE(null, "slab_unreclaimable"),
    KERNEL_STACK(null, "kernel_stack"),
    PAGE_TABLES(null, "pagetables"),
    SECONDARY_PAGE_TABLES(null, "sec_pagetables"),
    PER_CPU(null, "percpu"),
    ANON_HUGE("total_rss_huge", "anon_thp"),
    FILE_HUGE(null, "file_thp"),
    SHMEM_HUGE(null, "shmem_thp"),
    ZSWAP(null, "zswap"),
    ZSWAPPED(null, "zswapped"),
    FAULTS("total_pgfault", "pgfault"),
    MAJOR_FAULTS("total_pgmajfault", "pgmajfault"),
    SWAPPED_IN("total_pswpin", "pswpin"),
    SWAPPED_OUT("total_pswpout", "pswpout"),
    REFAULTED_ANON("total_workingset_refault_anon", "workingset_refault_anon"),
    REFAULTED_FILE("total_workingset_refault_file", "workingset_refault_file"),
    ACTIVATED_ANON(null, "workingset_activate_anon"),
    ACTIVATED_FILE(null, "workingset_activate_file"),
    RESTORED_ANON(null, "workingset_restore_anon"),
    RESTORED_FILE(null, "workingset_restore_file"),
    NODES_RECLAIMED(null, "workingset_nodereclaim"),
    SCANNED_BY_KSWAPD(null, "pgscan_kswapd"),
    SCANNED_DIRECTLY(null, "pgscan_direct"),
    STOLEN_BY_KSWAPD(null, "pgsteal_kswapd"),
    STOLEN_DIRECTLY(null, "pgsteal_direct"),
    REFILLED(null, "pgrefill"),
    ACTIVATED(null, "pgactivate"),
    DEACTIVATED(null, "pgdeactivate"),
    LAZILY_FREED(null, "pglazyfreed"),
    HUGE_FAULTS(null, "thp_fault_alloc"),
    HUGE_COLLAPSES(null, "thp_collapse_alloc"),
    LIMIT("hierarchical_memory_limit", null),
    LIMIT_WITH_SWAP("hierarchical_memsw_limit", null);

    private static final MemoryItem[] ITEMS = values();

    private final @Nullable String v1;
    private final @Nullable String v2;

    MemoryItem(@Nullable String v1, @Nullable String v2) {
        this.v1 = v1;
        this.v2 = v2;
    }

    /** The name in {@code memory.stat}, or null where that version does not tell. */
    @Nullable
    String key(boolean unified) {
        return unified ? v2 : v1;
    }

    /** The name of an event, which {@code /proc/vmstat} has in common with v2. */
    public String eventName() {
        return requireNonNull(v2);
    }

    static int count() {
        return ITEMS.length;
    }

    static MemoryItem at(int index) {
        return ITEMS[index];
    }
}
