/*
 * calls KIND PATH COUNT: makes COUNT calls of one kind on PATH, timed in batches of 32, and prints "P10 P50 P90 MIN PERSECOND":
 * nanoseconds a call, and calls a second over the whole.
 *   stat    stat(2)
 *   pread   pread(2) of 4 KiB at offset 0 of a file opened once
 *   file    open, read of the whole, close
 *   umount  umount2(2), which must fail with EINVAL as PATH is no mount point
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32 };

static char buffer[65536];
static const char *path;
static int opened;

static void fail(const char *what)
{
	fprintf(stderr, "calls: %s %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static void call_stat(void)
{
	struct stat found;
	if (stat(path, &found) < 0)
		fail("stat");
}

static void call_pread(void)
{
	if (pread(opened, buffer, 4096, 0) != 4096)
		fail("pread of 4096 bytes of");
}

static void call_file(void)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		fail("open");
	ssize_t length, total = 0;
	while ((length = read(file, buffer, sizeof buffer)) > 0)
		total += length;
	if (length < 0 || total == 0)
		fail("read");
	close(file);
}

static void call_umount(void)
{
	if (umount2(path, 0) == 0 || errno != EINVAL)
		fail("umount2 (EINVAL expected)");
}

static long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: calls stat|pread|file|umount PATH COUNT\n");
		return 2;
	}
	path = argv[2];
	void (*call)(void) = !strcmp(argv[1], "stat") ? call_stat
		: !strcmp(argv[1], "pread")           ? call_pread
		: !strcmp(argv[1], "file")            ? call_file
		: !strcmp(argv[1], "umount")          ? call_umount
						      : NULL;
	long batches = atol(argv[3]) / BATCH;
	if (!call || batches < 1) {
		fprintf(stderr, "calls: unknown kind or count under %d\n", BATCH);
		return 2;
	}
	if (call == call_pread && (opened = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		fail("open");
	double *nanos = malloc((size_t)batches * sizeof *nanos);
	if (!nanos)
		fail("malloc for");
	long start = now(), before = start;
	for (long i = 0; i < batches; i++) {
		for (int j = 0; j < BATCH; j++)
			call();
		long after = now();
		nanos[i] = (double)(after - before) / BATCH;
		before = after;
	}
	double seconds = (double)(before - start) / 1e9;
	qsort(nanos, (size_t)batches, sizeof *nanos, ascending);
	printf("%.1f %.1f %.1f %.1f %.0f\n", nanos[batches / 10], nanos[batches / 2], nanos[batches * 9 / 10], nanos[0],
	       (double)(batches * BATCH) / seconds);
	return 0;
}
