/*
 * The first stage of a container, and its agent.
 *
 * P0 is spawned by the JVM, makes or joins the namespaces and forks P1, which carries out the orders and becomes the
 * container's first process. P0 stays in all namespaces but the pid namespace, out of sight, and serves requests.
 * Nothing here decides anything: orders are system calls out of a table; a failure goes back as step, errno and path.
 */
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAGIC 0x53494143u /* "CAIS" */
#define VERSION 2u
#define MAX_ORDERS (1u << 24)
#define MAX_FDS 200
#define MAX_DATA (64u << 10)
#define NOTHING UINT32_MAX /* as a slot: no result wanted, or the working directory */
enum { CONTROL_FD = 3, FILES_FD, MOUNTS_FD }; /* P0's sockets, as it is spawned */

/* Descriptors that orders speak of: these, then those that orders open, then those that came with the orders. */
enum { CONTROL, SYNC, LISTENER, TERMINAL, PASSED = 200, SLOTS = PASSED + MAX_FDS };
extern int slot[SLOTS]; /* CONTROL: the JVM, for a worker who asked; SYNC: between P0 and P1, exec closes P1's end */

/* JVM to stage: this header; orders come as a file. Stage to JVM: struct reply, its path cut short. */
enum { MSG_ORDERS = 1, MSG_START };
struct message {
    uint32_t magic, type;
};
enum { REPLY_DONE = 1, REPLY_FORKED, REPLY_READY, REPLY_STARTED = 5, REPLY_FAILED, REPLY_EXITED };
struct reply {
    uint32_t magic, type, error, value, step;
    char path[1024];
};

/* What a failure is about. The numbers of other steps are the JVM's affair. */
enum { STEP_NAMESPACES = 40, STEP_ORDERS = 43, STEP_EXEC = 51 };
extern struct progress {
    uint32_t step;
    const char *path;
} doing;

/* wire.c. In a reader every access is checked; `bad` says that something was not there. */
struct reader {
    const char *at, *end;
    bool bad;
};
struct fds {
    int count, fd[MAX_FDS];
};
uint32_t u32(struct reader *r);
uint64_t u64(struct reader *r);
const char *blob(struct reader *r, uint32_t *length);
const char *str(struct reader *r);
char **strings(struct reader *r);
ssize_t receive(int sock, void *data, size_t size, struct fds *fds);
bool transmit(int sock, const void *data, size_t size, const int *fds, int count);
bool say(uint32_t type, uint32_t value, const int *fds, int count);
_Noreturn void fail_with(int error);
_Noreturn void fail_at(int error, uint32_t step, const char *path);
#define MUST(call) ({ int result_ = (int)(call); if (result_ < 0) fail_with(errno); result_; })

/* orders.c, process.c: orders that are more than one system call take their arguments as an array, as those do. */
void empty_slots(const struct fds *then);
void run_orders(struct reader *r);
void reset_signals(void);
typedef long order(const long *a);
order open_at, close_slot, expect_device, run_hook, say_ready, run_init, die_with_parent, default_signals, execute, in_copy;

/* main.c, agent.c */
_Noreturn void take_orders(void);
order fork_first;
extern int ns_directory; /* /proc/self/ns, before any other was joined */
void prepare_agent(void);
_Noreturn void serve(pid_t child, uint32_t orphan_millis);
extern bool is_worker; /* a child that mounts for a trapped call: its exit status is the errno */
order give_agent, give_result, fork_worker;

/* guard.c */
int guard_mount(const char *number);
