package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Data moved by fio(1), in one file that stays as warm as its file system keeps it. */
final class Fio {
    private static final double MICROS = 1e6;
    private static final double KIB_PER_MIB = 1024;

    /** Where terse lines of version 3 have the bandwidth (KiB a second) and the calls a second of reads, and by how much later of writes. */
    private static final int READ_BANDWIDTH = 6;

    private static final int READ_RATE = 7;
    private static final int TO_WRITES = 41;

    /** A way to move data: its time is a MiB's if it goes in order, else a call's. */
    private record Job(String name, String measure, String manner, int blockKib, boolean inOrder, boolean reads) {}

    private static final List<Job> JOBS = List.of(
            new Job("fill", "stream out, a MiB", "write", 1024, true, false),
            new Job("drain", "stream in, a MiB", "read", 1024, true, true),
            new Job("hop", "fio random read of 4 KiB", "randread", 4, false, true),
            new Job("poke", "fio random write of 4 KiB", "randwrite", 4, false, false));

    private final Path scratch;
    private final int mebibytes;
    private final int millis;

    /**
     * Jobs to be run.
     *
     * @param scratch where fio may leave what it likes
     * @param mebibytes the size of the file
     * @param millis how long each random job runs
     */
    Fio(Path scratch, int mebibytes, int millis) {
        this.scratch = scratch;
        this.mebibytes = mebibytes;
        this.millis = millis;
    }

    List<String> measures() {
        return JOBS.stream().map(Job::measure).toList();
    }

    /** Microseconds of each measure on a file of a directory, which is removed afterwards. */
    List<Double> run(Path directory) throws IOException {
        Path file = directory.resolve("fio");
        List<String> command = new ArrayList<>(List.of(
                "fio",
                "--minimal",
                "--terse-version=3",
                "--ioengine=psync",
                "--invalidate=0",
                "--fallocate=none",
                "--randrepeat=1",
                "--aux-path=" + scratch,
                "--filename=" + file,
                "--size=" + mebibytes + "m"));
        for (Job job : JOBS) {
            command.addAll(
                    List.of("--name=" + job.name, "--stonewall", "--rw=" + job.manner, "--bs=" + job.blockKib + "k"));
            if (!job.inOrder) {
                command.addAll(List.of("--time_based=1", "--runtime=" + millis + "ms"));
            }
        }
        String[] lines = Programs.run(command).strip().split("\n", -1);
        Files.delete(file);
        if (lines.length != JOBS.size()) {
            throw new IOException("fio printed " + String.join("\n", lines));
        }
        List<Double> micros = new ArrayList<>();
        for (int i = 0; i < lines.length; i++) {
            micros.add(micros(JOBS.get(i), lines[i].split(";", -1)));
        }
        return micros;
    }

    private static double micros(Job job, String[] words) throws IOException {
        int at = (job.inOrder ? READ_BANDWIDTH : READ_RATE) + (job.reads ? 0 : TO_WRITES);
        try {
            double rate = Double.parseDouble(words[at]);
            return MICROS / (job.inOrder ? rate / KIB_PER_MIB : rate);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new IOException("fio printed " + String.join(";", words), e);
        }
    }
}
