/*
 * trap-peer read|resolve COMMAND [ARGUMENT…]: runs a command whose umount2(2) calls are trapped by a seccomp filter. A second process
 * answers each: it reads the path from the caller's memory, asks whether the call still waits, and lets the kernel continue it. With
 * "resolve" it also follows the path in the caller's root and asks which mount it leads to, as one must to protect a mount.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

enum { PATH_LIMIT = 4096, PAGE = 4096 };

static int fail(const char *what)
{
	fprintf(stderr, "trap-peer: %s: %s\n", what, strerror(errno));
	return 125;
}

static int install_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_umount2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static int send_descriptor(int socket, int descriptor)
{
	union control control = {0};
	char byte = 0;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

static int receive_descriptor(int socket)
{
	union control control;
	char byte;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	struct cmsghdr *header;
	int descriptor;
	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || !(header = CMSG_FIRSTHDR(&message)))
		return -1;
	memcpy(&descriptor, CMSG_DATA(header), sizeof(int));
	return descriptor;
}

/* Reads a NUL-terminated path, page by page as the next one may not be mapped; its length or -1. */
static ssize_t read_path(pid_t task, unsigned long address, char *path)
{
	size_t have = 0;
	while (have < PATH_LIMIT) {
		size_t want = PAGE - (address + have) % PAGE;
		if (want > PATH_LIMIT - have)
			want = PATH_LIMIT - have;
		struct iovec local = {path + have, want}, remote = {(void *)(address + have), want};
		ssize_t got = process_vm_readv(task, &local, 1, &remote, 1, 0);
		if (got <= 0)
			return -1;
		char *end = memchr(path + have, 0, (size_t)got);
		if (end)
			return end - path;
		have += (size_t)got;
	}
	errno = ENAMETOOLONG;
	return -1;
}

/* Whether a path of the caller leads to the root of the mount that we protect; -1 if it leads nowhere. */
static int leads_to_protected(int start, const char *path)
{
	static const unsigned long long protected_device = ~0ULL; /* none */
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = path[0] == '/' ? RESOLVE_IN_ROOT : RESOLVE_BENEATH};
	int place = (int)syscall(SYS_openat2, start, path, &how, sizeof how);
	if (place < 0)
		return -1;
	struct statx found;
	int failed = statx(place, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_MNT_ID, &found);
	close(place);
	if (failed)
		return -1;
	return (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) && makedev(found.stx_dev_major, found.stx_dev_minor) == protected_device;
}

static int open_start(pid_t task, const char *path)
{
	char name[32];
	snprintf(name, sizeof name, "/proc/%d/%s", task, path[0] == '/' ? "root" : "cwd");
	return open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static _Noreturn void serve(int listener, int resolve)
{
	struct seccomp_notif notification;
	struct seccomp_notif_resp response;
	char path[PATH_LIMIT];
	struct pollfd waiting[] = {{.fd = listener, .events = POLLIN}, {.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN}};
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	for (;;) {
		poll(waiting, 2, -1); /* as one must who is to be told to stop */
		memset(&notification, 0, sizeof notification);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0)
			continue;
		memset(&response, 0, sizeof response);
		response.id = notification.id;
		ssize_t length = read_path((pid_t)notification.pid, notification.data.args[0], path);
		int start = resolve && length >= 0 ? open_start((pid_t)notification.pid, path) : -1;
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notification.id) < 0)
			length = -1;
		if (length < 0)
			response.error = -EFAULT;
		else if (resolve && leads_to_protected(start, path) == 1)
			response.error = -EINVAL;
		else
			response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		if (start >= 0)
			close(start);
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
}

int main(int argc, char **argv)
{
	int sockets[2];
	int resolve = argc > 2 && !strcmp(argv[1], "resolve");
	if (argc < 3 || (!resolve && strcmp(argv[1], "read"))) {
		fprintf(stderr, "usage: trap-peer read|resolve COMMAND [ARGUMENT…]\n");
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		return fail("socketpair");
	pid_t child = fork();
	if (child < 0)
		return fail("fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		int listener = install_filter();
		if (listener < 0 || send_descriptor(sockets[1], listener) < 0)
			_exit(fail("seccomp"));
		close(listener);
		execvp(argv[2], argv + 2);
		_exit(fail(argv[2]));
	}
	close(sockets[1]);
	int listener = receive_descriptor(sockets[0]), status;
	pid_t server = listener < 0 ? -1 : fork();
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener, resolve);
	}
	close(listener);
	if (waitpid(child, &status, 0) < 0)
		return fail("waitpid");
	if (server > 0 && kill(server, SIGKILL) == 0)
		waitpid(server, NULL, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
