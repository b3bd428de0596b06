/*
 * files KIND ARGUMENT [COUNT]: does one thing to many files, or to much of one, once, and prints one number: nanoseconds each, or, of
 * what goes through a whole file, MiB a second.
 *   stats LIST       stat(2) of each path of a list, a line each
 *   opens LIST       open(2) and close(2) of each
 *   reads LIST       open, read of the whole and close of each
 *   stat PATH N      stat of one path, N times
 *   open PATH N      open and close of it
 *   miss DIRECTORY N stat of N names that are not there, each another
 *   list DIRECTORY   readdir(3) to the end, for each entry
 *   stream PATH      read of a whole file in order, by 128 KiB
 *   hop PATH N       pread of 4 KiB at N random blocks
 *   map PATH         the same as stream, through mmap(2)
 *   touch PATH N     a byte of N random pages of a map
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 128 * 1024, BLOCK = 4096 };

static char buffer[PIECE];
static volatile char sink;

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "files: %s %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Always the same: what is compared takes the same way. */
static uint64_t random_number(void)
{
	static uint64_t state = 88172645463325252ULL;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int opened(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		fail("open", path);
	return file;
}

static void one_stat(const char *path)
{
	struct stat found;
	if (stat(path, &found) < 0)
		fail("stat", path);
}

static void one_open(const char *path)
{
	close(opened(path));
}

static void one_read(const char *path)
{
	int file = opened(path);
	ssize_t count;
	while ((count = read(file, buffer, sizeof buffer)) > 0)
		;
	if (count < 0)
		fail("read", path);
	close(file);
}

static void each_of_list(const char *list, void (*call)(const char *))
{
	FILE *file = fopen(list, "re");
	if (!file)
		fail("open", list);
	char **paths = NULL, *line = NULL;
	size_t count = 0, room = 0, length = 0;
	ssize_t read;
	while ((read = getline(&line, &length, file)) > 0) {
		line[read - 1] = 0;
		if (count == room && !(paths = realloc(paths, (room = room * 2 + 1024) * sizeof *paths)))
			fail("remember", list);
		paths[count++] = strdup(line);
	}
	double start = now();
	for (size_t i = 0; i < count; i++)
		call(paths[i]);
	printf("%.1f\n", (now() - start) / (double)count);
}

static void repeat(const char *path, long count, void (*call)(const char *))
{
	call(path);
	double start = now();
	for (long i = 0; i < count; i++)
		call(path);
	printf("%.1f\n", (now() - start) / (double)count);
}

static void miss(const char *directory, long count)
{
	char path[PATH_MAX];
	struct stat found;
	double start = now();
	for (long i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/missing-%ld", directory, i);
		if (stat(path, &found) == 0 || errno != ENOENT)
			fail("stat (ENOENT expected)", path);
	}
	printf("%.1f\n", (now() - start) / (double)count);
}

static void list(const char *path)
{
	double start = now();
	DIR *directory = opendir(path);
	if (!directory)
		fail("opendir", path);
	long count = 0;
	while (readdir(directory))
		count++;
	closedir(directory);
	printf("%.1f\n", (now() - start) / (double)count);
}

static off_t size_of(int file)
{
	struct stat found;
	fstat(file, &found);
	return found.st_size;
}

static void rate(off_t size, double start)
{
	printf("%.1f\n", (double)size / 1048576 / ((now() - start) / 1e9));
}

static void stream(const char *path)
{
	double start = now();
	int file = opened(path);
	ssize_t count;
	off_t total = 0;
	while ((count = read(file, buffer, sizeof buffer)) > 0)
		total += count;
	if (count < 0)
		fail("read", path);
	rate(total, start);
}

static void hop(const char *path, long count)
{
	int file = opened(path);
	uint64_t blocks = (uint64_t)size_of(file) / BLOCK;
	double start = now();
	for (long i = 0; i < count; i++)
		if (pread(file, buffer, BLOCK, (off_t)(random_number() % blocks * BLOCK)) != BLOCK)
			fail("pread", path);
	printf("%.1f\n", (now() - start) / (double)count);
}

static void map(const char *path, long count)
{
	double start = now();
	int file = opened(path);
	off_t size = size_of(file);
	char *memory = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED)
		fail("mmap", path);
	if (count == 0) {
		for (off_t at = 0; at < size; at += PIECE)
			memcpy(buffer, memory + at, (size_t)(size - at < PIECE ? size - at : PIECE));
		rate(size, start);
		return;
	}
	uint64_t pages = (uint64_t)size / BLOCK;
	start = now();
	for (long i = 0; i < count; i++)
		sink += memory[random_number() % pages * BLOCK];
	printf("%.1f\n", (now() - start) / (double)count);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[1] : "", *path = argc > 2 ? argv[2] : "";
	long count = argc > 3 ? atol(argv[3]) : 0;
	if (!strcmp(kind, "stats"))
		each_of_list(path, one_stat);
	else if (!strcmp(kind, "opens"))
		each_of_list(path, one_open);
	else if (!strcmp(kind, "reads"))
		each_of_list(path, one_read);
	else if (!strcmp(kind, "stat") && count > 0)
		repeat(path, count, one_stat);
	else if (!strcmp(kind, "open") && count > 0)
		repeat(path, count, one_open);
	else if (!strcmp(kind, "miss") && count > 0)
		miss(path, count);
	else if (!strcmp(kind, "list"))
		list(path);
	else if (!strcmp(kind, "stream"))
		stream(path);
	else if (!strcmp(kind, "hop") && count > 0)
		hop(path, count);
	else if (!strcmp(kind, "map") || !strcmp(kind, "touch"))
		map(path, count);
	else {
		fprintf(stderr, "usage: files KIND ARGUMENT [COUNT]\n");
		return 2;
	}
	return 0;
}
