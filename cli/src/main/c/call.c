/*
 * Hands a command to the daemon and stays in its place: the terminal, signals and the exit status are this process's. What the daemon needs
 * is one packet (struct call, then arguments and variables, each with its terminating 0) with descriptors 0, 1, 2, the working directory and
 * those to be preserved. There is no policy here: the daemon decides what it takes.
 */
#define _GNU_SOURCE
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define FAILED 125
#define MAGIC 0x63736961 /* "aisc" */
#define VERSION 1
#define LONGEST (128 * 1024)
#define PATIENCE_MILLIS 3000
#define FIRST_PRESERVED 3
#define MOST_PRESERVED 100

enum reply { TAKEN = 1, LEFT = 2, ENDED = 3 };
enum { HANDS_ON_SIGNALS = 1 };

struct call {
    uint32_t magic;
    uint32_t version;
    uint32_t arguments;
    uint32_t variables;
    uint32_t preserved;
    uint32_t umask;
    /* The file of this program: a daemon of another installation would not do the same. */
    uint64_t device;
    uint64_t inode;
    uint64_t modified_seconds;
    uint64_t modified_nanos;
};

struct packet {
    uint32_t type;
    uint32_t value;
};

/* Each stays as it is if our caller ignores it. */
static const int FORWARDED[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, SIGWINCH};

static sigset_t forwarded(void) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof FORWARDED / sizeof *FORWARDED; i++) {
        struct sigaction action;
        if (sigaction(FORWARDED[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&set, FORWARDED[i]);
    }
    return set;
}

void block_signals(void) {
    sigset_t set = forwarded();
    sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Whether a daemon of our own user listens: any other would get our descriptors and variables. */
static int is_ours(int fd) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid();
}

/* By way of the directory: a socket's name has room for 107 bytes only. */
static int dial(const char *root) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/daemon/socket", directory);
    if (fd >= 0 && (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || !is_ours(fd))) {
        close(fd);
        fd = -1;
    }
    close(directory);
    return fd;
}

static char *put_strings(char *to, const char *end, char **strings, uint32_t *count) {
    for (; to != NULL && *strings != NULL; strings++, ++*count) {
        size_t length = strlen(*strings) + 1;
        if (length > (size_t)(end - to))
            return NULL;
        to = memcpy(to, *strings, length);
        to += length;
    }
    return to;
}

/* Only a command that says so passes further descriptors on. */
static int preserves(char **arguments) {
    static const char option[] = "--preserve-fds";
    while (*arguments != NULL && strncmp(*arguments, option, sizeof option - 1) != 0)
        arguments++;
    return *arguments != NULL;
}

static int send_call(int fd, char **arguments) {
    static char bytes[LONGEST];
    int fds[4 + MOST_PRESERVED] = {0, 1, 2};
    struct call call = {.magic = MAGIC, .version = VERSION};
    struct stat self;
    char *end = put_strings(bytes + sizeof call, bytes + LONGEST, arguments, &call.arguments);
    end = put_strings(end, bytes + LONGEST, environ, &call.variables);
    fds[3] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (end == NULL || fds[3] < 0 || stat("/proc/self/exe", &self) < 0)
        return -1;
    if (preserves(arguments))
        for (int from = FIRST_PRESERVED; call.preserved < MOST_PRESERVED; from++) {
            int flags = fcntl(from, F_GETFD);
            if (flags < 0 || (flags & FD_CLOEXEC) != 0)
                break;
            fds[4 + call.preserved++] = from;
        }
    call.umask = umask(0);
    umask(call.umask);
    call.device = self.st_dev;
    call.inode = self.st_ino;
    call.modified_seconds = (uint64_t)self.st_mtim.tv_sec;
    call.modified_nanos = (uint64_t)self.st_mtim.tv_nsec;
    memcpy(bytes, &call, sizeof call);

    size_t count = 4 + call.preserved;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof fds)];
    } control = {.header = {.cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    struct iovec vector = {.iov_base = bytes, .iov_len = (size_t)(end - bytes)};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control};
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    close(fds[3]);
    return sent == end - bytes ? 0 : -1;
}

/* The terminal at standard input as it was before the daemon had it. */
static struct termios terminal;
static int has_terminal;

static _Noreturn void fail(const char *why) {
    if (has_terminal && tcgetpgrp(0) == getpgrp())
        tcsetattr(0, TCSANOW, &terminal);
    dprintf(2, "caisson: the daemon %s\n", why);
    _exit(FAILED);
}

static int receive(int fd, struct packet *packet) {
    return recv(fd, packet, sizeof *packet, 0) == sizeof *packet;
}

/* After no answer for long: whatever the daemon would still say is refused from now on, so it cannot take the call any more. */
static int is_too_late(int fd) {
    struct packet packet;
    shutdown(fd, SHUT_RD);
    if (recv(fd, &packet, sizeof packet, MSG_DONTWAIT) == sizeof packet && packet.type == TAKEN)
        fail("answered too late");
    return 1;
}

static int is_taken(int fd, struct packet *answer) {
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&polled, 1, PATIENCE_MILLIS);
    while (ready < 0 && errno == EINTR);
    if (ready == 0 && is_too_late(fd))
        return 0;
    return receive(fd, answer) && answer->type == TAKEN;
}

/* Hands signals on until the end is told. */
static _Noreturn void stand_by(int fd, int signals) {
    struct pollfd polled[] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    struct packet packet;
    struct signalfd_siginfo info;
    while (1) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            fail("cannot be listened to");
        if (polled[1].revents != 0 && read(signals, &info, sizeof info) == sizeof info) {
            struct packet signal = {.value = info.ssi_signo};
            send(fd, &signal, sizeof signal, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        if (polled[0].revents != 0) {
            if (!receive(fd, &packet))
                fail("has ended");
            if (packet.type == ENDED)
                _exit((int)(packet.value & 0xff));
        }
    }
}

void call_daemon(const char *root, char **arguments) {
    struct packet answer;
    sigset_t signals, before;
    int fd = dial(root);
    if (fd < 0)
        return;
    pid_t foreground = tcgetpgrp(0);
    if (foreground >= 0 && foreground != getpgrp()) {
        close(fd); /* the kernel stops a background process that reads its terminal, and never a daemon */
        return;
    }
    has_terminal = tcgetattr(0, &terminal) == 0;
    signals = forwarded();
    sigprocmask(SIG_BLOCK, &signals, &before);
    if (send_call(fd, arguments) == 0 && is_taken(fd, &answer)) {
        if ((answer.value & HANDS_ON_SIGNALS) == 0) {
            sigprocmask(SIG_SETMASK, &before, NULL);
            sigemptyset(&signals);
        }
        stand_by(fd, signalfd(-1, &signals, SFD_CLOEXEC));
    }
    close(fd);
}
