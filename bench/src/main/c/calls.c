/*
 * calls KIND PATH COUNT [MILLIS]: makes COUNT calls of one kind on PATH, or as many as MILLIS allow if these are fewer, timed in batches
 * of 32 (listings: of 4), and prints "P10 P50 P90 MIN PERSECOND":
 * nanoseconds a call, and calls a second over the whole.
 *   stat    stat(2)
 *   pread   pread(2) of 4 KiB at offset 0 of a file opened once
 *   file    open, read of the whole, close
 *   text    the same of a file that may be empty
 *   umount  umount2(2), which must fail with EINVAL as PATH is no mount point
 *   open    open and close
 *   missing stat(2), which must fail with ENOENT
 *   pwrite  pwrite(2) of 4 KiB at offset 0 of a file opened once
 *   list    opendir, readdir to the end, closedir
 *   create  open with O_CREAT | O_EXCL and close of a new file in the directory PATH, COUNT of them, removed afterwards
 *   unlink  unlink(2) of COUNT files of the directory PATH, made before
 *   rename  rename(2) of a file in the directory PATH, there and back
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, BATCH_OF_LISTINGS = 4 };

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

static void call_text(void)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		fail("open");
	ssize_t length;
	while ((length = read(file, buffer, sizeof buffer)) > 0)
		;
	if (length < 0)
		fail("read");
	close(file);
}

static void call_umount(void)
{
	if (umount2(path, 0) == 0 || errno != EINVAL)
		fail("umount2 (EINVAL expected)");
}

static void call_open(void)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		fail("open");
	close(file);
}

static void call_missing(void)
{
	struct stat found;
	if (stat(path, &found) == 0 || errno != ENOENT)
		fail("stat (ENOENT expected)");
}

static void call_pwrite(void)
{
	if (pwrite(opened, buffer, 4096, 0) != 4096)
		fail("pwrite of 4096 bytes of");
}

static void call_list(void)
{
	DIR *directory = opendir(path);
	if (!directory)
		fail("opendir");
	int count = 0;
	while (readdir(directory))
		count++;
	closedir(directory);
	if (count < 2)
		fail("readdir");
}

static long serial;

static const char *numbered(long number)
{
	static char name[PATH_MAX];
	snprintf(name, sizeof name, "%s/file-%ld", path, number);
	return name;
}

static void call_create(void)
{
	int file = open(numbered(serial++), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (file < 0)
		fail("create a file in");
	close(file);
}

static void call_unlink(void)
{
	if (unlink(numbered(--serial)) < 0)
		fail("unlink a file in");
}

static void call_rename(void)
{
	char from[PATH_MAX];
	strcpy(from, numbered(serial));
	if (rename(from, numbered(1 - serial)) < 0)
		fail("rename a file in");
	serial = 1 - serial;
}

static const struct {
	const char *name;
	void (*call)(void);
} KINDS[] = {
	{"stat", call_stat},     {"pread", call_pread},   {"file", call_file},     {"umount", call_umount},
	{"open", call_open},     {"missing", call_missing}, {"pwrite", call_pwrite}, {"list", call_list},
	{"create", call_create}, {"unlink", call_unlink}, {"rename", call_rename}, {"text", call_text},
};

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
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: calls KIND PATH COUNT [MILLIS]\n");
		return 2;
	}
	path = argv[2];
	void (*call)(void) = NULL;
	for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
		if (!strcmp(argv[1], KINDS[i].name))
			call = KINDS[i].call;
	int batch = call == call_list ? BATCH_OF_LISTINGS : BATCH;
	long batches = atol(argv[3]) / batch, budget = argc == 5 ? atol(argv[4]) * 1000000 : LONG_MAX / 2;
	if (!call || batches < 1 || budget <= 0) {
		fprintf(stderr, "calls: unknown kind or count under %d\n", batch);
		return 2;
	}
	if (call == call_pread && (opened = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		fail("open");
	if (call == call_pwrite && (opened = open(path, O_WRONLY | O_CLOEXEC)) < 0)
		fail("open");
	if (call == call_unlink) {
		long made = 0, end = now() + budget;
		for (; made < batches && (made == 0 || now() < end); made++)
			for (int j = 0; j < batch; j++)
				call_create();
		batches = made;
	}
	if (call == call_rename) {
		call_create();
		serial = 0;
	}
	double *nanos = malloc((size_t)batches * sizeof *nanos);
	if (!nanos)
		fail("malloc for");
	long start = now(), before = start;
	long done = 0;
	while (done < batches && (done == 0 || before - start < budget || call == call_unlink)) {
		for (int j = 0; j < batch; j++)
			call();
		long after = now();
		nanos[done++] = (double)(after - before) / batch;
		before = after;
	}
	batches = done;
	double seconds = (double)(before - start) / 1e9;
	if (call == call_rename)
		serial++;
	if (call == call_create || call == call_rename)
		while (serial > 0)
			call_unlink();
	qsort(nanos, (size_t)batches, sizeof *nanos, ascending);
	printf("%.1f %.1f %.1f %.1f %.0f\n", nanos[batches / 10], nanos[batches / 2], nanos[batches * 9 / 10], nanos[0],
	       (double)(batches * batch) / seconds);
	return 0;
}
