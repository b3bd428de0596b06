package org.caisson.emulation.trap;

import java.lang.foreign.MemorySegment;

/** The container's share of the machine, as its files in {@code /proc} and {@code /sys} show it. */
public interface Machine {
    /** One that nobody knows: its numbers are 0, and all its processors are shown. */
    Machine UNKNOWN = new Machine() {
        @Override
        public void fill(MemorySegment sysinfo) {}

        @Override
        public int visibleCpus() {
            return Integer.MAX_VALUE;
        }
    };

    /** Fills a {@code struct sysinfo} of {@link SysinfoHandler#SIZE} bytes. */
    void fill(MemorySegment sysinfo);

    /** How many processors the container is shown. */
    int visibleCpus();
}
