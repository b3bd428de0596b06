/*
 * launch COMMAND [ARGUMENT…]: starts a command whose standard output is one CLOCK_MONOTONIC time (see first-instruction.c) and prints
 * "FIRST TOTAL CPU RSS": nanoseconds from before the fork to that time and to the command's end, processor time of it and its
 * children in nanoseconds, peak resident set in KiB. Where the command has a clock of its own (gVisor), FIRST is when its output came.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static long nanos(struct timeval t)
{
	return t.tv_sec * 1000000000L + t.tv_usec * 1000L;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "launch: no command\n");
		return 2;
	}
	int out[2];
	if (pipe2(out, O_CLOEXEC) < 0) {
		perror("launch: pipe2");
		return 1;
	}
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	pid_t child;
	long start = now();
	int failed = posix_spawnp(&child, argv[1], &actions, NULL, argv + 1, environ);
	if (failed) {
		fprintf(stderr, "launch: %s: %s\n", argv[1], strerror(failed));
		return 1;
	}
	close(out[1]);
	char text[64] = "";
	ssize_t length = read(out[0], text, sizeof text - 1);
	long arrived = now();
	int status;
	struct rusage usage;
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return 1;
	long end = now();
	if (!WIFEXITED(status) || WEXITSTATUS(status) || length <= 0) {
		fprintf(stderr, "launch: %s: wait status %#x, %zd bytes of output\n", argv[1], status, length);
		return 1;
	}
	long first = atol(text);
	if (first < start || first > arrived)
		first = arrived;
	printf("%ld %ld %ld %ld\n", first - start, end - start, nanos(usage.ru_utime) + nanos(usage.ru_stime), usage.ru_maxrss);
	return 0;
}
