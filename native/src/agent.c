/* P0's life after the fork: one loop that watches the JVM and P1, and answers requests without forking. */
#include "stage.h"
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/time.h>

enum { READ = 1, WRITE, STAT, LIST, READLINK, OPERATIONS };

static struct {
    uint32_t magic, error, length;
    char data[MAX_DATA];
} answer;
int ns_directory;
bool is_worker;

/*
 * Children that mount for trapped calls, some at once, so that one that waits for somebody's file system keeps no other
 * from its work. Each request has a socket of its own for the reply; who closes its end no longer wants it.
 */
enum { WORKERS = 16 };
static struct worker {
    pid_t pid; /* 0: none */
    int reply;
    bool killed;
} workers[WORKERS];

static const uint32_t kinds[3] = {CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS};
static int own_namespaces[3], raw_fs[2] = {-1, -1}; /* the container's procfs and sysfs */

/* The namespaces that a request may leave for others: those of `kinds`. */
void prepare_agent(void) {
    static const char *const name[] = {"net", "ipc", "uts"};
    for (int i = 0; i < 3; i++)
        own_namespaces[i] = MUST(openat(ns_directory, name[i], O_RDONLY | O_CLOEXEC));
    close(ns_directory);
}

static bool reply_with(int sock, int error, size_t length, const int *fds, int count) {
    answer.magic = MAGIC;
    answer.error = (uint32_t)error;
    answer.length = (uint32_t)length;
    return transmit(sock, &answer, offsetof(typeof(answer), data) + length, fds, count);
}

static void reply(int sock, int error, size_t length) {
    reply_with(sock, error, length, NULL, 0);
}

static ssize_t read_all(int fd, uint64_t offset, size_t limit) {
    size_t length = 0;
    for (ssize_t got = 1; got > 0 && length < limit; length += (size_t)got)
        if ((got = pread(fd, answer.data + length, limit - length, (off_t)(offset + length))) < 0)
            return length > 0 ? (ssize_t)length : -1;
    return (ssize_t)length;
}

/* One file operation in a raw file system; the result lies in answer.data. Negative: errno is set. */
static ssize_t operate(uint32_t op, int fd, uint64_t offset, size_t limit, const char *data, uint32_t size) {
    struct stat st;
    ssize_t written;
    switch (op) {
    case READ: return read_all(fd, offset, limit);
    case LIST: return lseek(fd, (off_t)offset, SEEK_SET) < 0 ? -1 : syscall(SYS_getdents64, fd, answer.data, limit);
    case READLINK: return readlinkat(fd, "", answer.data, limit);
    case WRITE:
        written = pwrite(fd, data, size, (off_t)offset);
        memcpy(answer.data, &written, sizeof written);
        return written < 0 ? -1 : (ssize_t)sizeof written;
    default:
        if (fstat(fd, &st) < 0)
            return -1;
        uint64_t words[] = {st.st_mode, st.st_uid, st.st_gid, st.st_nlink, st.st_ino, (uint64_t)st.st_size,
                            (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec};
        memcpy(answer.data, words, sizeof words);
        return sizeof words;
    }
}

/*
 * Whether P0 can come back into all of its own namespaces that a request leaves. It cannot into one of the host's
 * (setns(2) wants rights over it): then a child goes, and P0 waits. False in P0 when the child has answered.
 */
static bool may_leave(int sock, uint32_t namespaces) {
    int status;
    for (int i = 0; i < 3; i++)
        if (namespaces & kinds[i] && setns(own_namespaces[i], 0) < 0) {
            pid_t pid = fork();
            if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                return is_worker = true;
            }
            if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
                reply(sock, EIO, 0);
            return false;
        }
    return true;
}

/* One descriptor, if any, says into whose namespaces to go for this operation. */
static void serve_file(int sock, struct reader *r, const struct fds *fds) {
    static const int modes[] = {
        [READ] = O_RDONLY | O_NONBLOCK | O_NOCTTY, [WRITE] = O_WRONLY | O_NONBLOCK | O_NOCTTY,
        [STAT] = O_PATH | O_NOFOLLOW, [LIST] = O_RDONLY | O_DIRECTORY, [READLINK] = O_PATH | O_NOFOLLOW};
    uint32_t op = u32(r), root = u32(r), namespaces = u32(r), limit = u32(r), size;
    uint64_t offset = u64(r);
    const char *path = str(r), *data = blob(r, &size);
    ssize_t result = -1;
    if (r->bad || r->at != r->end || op < READ || op >= OPERATIONS || root > 1 || limit > MAX_DATA ||
        offset > INT64_MAX - MAX_DATA || namespaces & ~(uint32_t)(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) ||
        fds->count != (namespaces != 0)) {
        reply(sock, EBADMSG, 0);
        return;
    }
    if (!may_leave(sock, namespaces))
        return;
    if (namespaces == 0 || setns(fds->fd[0], (int)namespaces) == 0) {
        struct open_how how = {.flags = (uint64_t)(modes[op] | O_CLOEXEC),
                               .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS};
        int fd = (int)open_at((long[]){raw_fs[root], (long)(*path ? path : "."), (long)&how, sizeof how});
        if (fd >= 0)
            result = operate(op, fd, offset, limit, data, size);
        int error = errno;
        close(fd);
        errno = error;
    }
    int error = errno;
    for (int i = 0; i < 3 && !is_worker; i++)
        if (namespaces & kinds[i] && setns(own_namespaces[i], 0) < 0)
            abort(); /* to answer in a foreign namespace would be worse */
    reply(sock, result < 0 ? error : 0, result < 0 ? 0 : (size_t)result);
    if (is_worker)
        _exit(0);
}

/*
 * Mounts for a trapped call: orders, carried out by a short-lived child that enters the caller's namespaces. The first
 * descriptor is for the reply, the rest is what the orders mean by slots.
 */
static void start_worker(struct worker *w, struct reader *r, struct fds *fds) {
    pid_t pid = fork();
    if (pid < 0)
        reply(fds->fd[0], errno, 0);
    if (pid > 0) {
        *w = (struct worker){.pid = pid, .reply = fds->fd[0]};
        fds->fd[0] = -1; /* kept */
    }
    if (pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    is_worker = true;
    const int ours[] = {slot[CONTROL], FILES_FD, MOUNTS_FD, raw_fs[0], raw_fs[1], own_namespaces[0], own_namespaces[1],
                        own_namespaces[2]}; /* not for where it goes */
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        close(ours[i]);
    for (int i = 0; i < WORKERS; i++)
        if (workers[i].pid > 0)
            close(workers[i].reply);
    slot[CONTROL] = fds->fd[0];
    memmove(fds->fd, fds->fd + 1, (size_t)--fds->count * sizeof(int));
    empty_slots(fds);
    run_orders(r);
    _exit(0);
}

/* Only a child is inside a pid namespace that was joined. */
long fork_worker(const long *a) {
    int status;
    (void)a;
    pid_t pid = MUST(fork());
    if (pid > 0) {
        MUST(waitpid(pid, &status, 0));
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EIO);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return 0;
}

/* A worker's reply that carries one or two descriptors. */
long give_result(const long *a) {
    int fds[] = {(int)a[0], (int)a[1]};
    errno = EIO;
    return is_worker && reply_with(slot[CONTROL], 0, 0, fds, fds[1] < 0 ? 1 : 2) ? 0 : -1;
}

/* Hands a procfs ('p') or sysfs ('s') that is mounted nowhere, so that nothing can cover it, from P1 to P0. */
long give_agent(const long *a) {
    char kind = (char)a[0];
    int fd = (int)a[1];
    return transmit(slot[SYNC], &kind, 1, &fd, 1) ? 0 : -1;
}

/* Reads one request. False: the other side is gone. A mount is left to the worker. */
static bool take_request(int sock, struct worker *worker) {
    static char message[MAX_DATA + (16 << 10)];
    struct fds fds;
    ssize_t length = receive(sock, message, sizeof message, &fds);
    struct reader r = {.at = message, .end = message + (length > 0 ? length : 0)};
    if (length <= 0 && (length == 0 || errno != EMSGSIZE))
        return false;
    if (worker != NULL && fds.count > 0 && u32(&r) == MAGIC)
        start_worker(worker, &r, &fds);
    else if (worker == NULL && length < 0)
        reply(sock, EMSGSIZE, 0);
    else if (worker == NULL && u32(&r) != MAGIC)
        reply(sock, EPROTO, 0);
    else if (worker == NULL)
        serve_file(sock, &r, &fds);
    for (int i = 0; i < fds.count; i++)
        close(fds.fd[i]);
    return true;
}

/* What P1 has to say to P0 only: its raw file systems, its failure. False: exec or exit closed it. */
static bool take_sync(bool *failed) {
    char kind;
    struct fds fds;
    if (receive(slot[SYNC], &kind, 1, &fds) <= 0)
        return false;
    *failed |= kind == '!';
    if (fds.count == 1)
        raw_fs[kind == 's'] = fds.fd[0];
    return true;
}

static struct worker *idle_worker(void) {
    for (int i = 0; i < WORKERS; i++)
        if (workers[i].pid == 0)
            return &workers[i];
    return NULL;
}

/* A worker has ended with an errno; if it gave a result itself, nobody reads this any more. */
static void end_worker(pid_t pid, int status) {
    for (int i = 0; i < WORKERS; i++)
        if (workers[i].pid == pid) {
            reply(workers[i].reply, WIFEXITED(status) ? WEXITSTATUS(status) : EIO, 0);
            close(workers[i].reply);
            workers[i].pid = 0;
        }
}

static void kill_worker(struct worker *w) {
    if (w->pid > 0)
        kill(w->pid, SIGKILL);
    w->killed = true;
}

_Noreturn void serve(pid_t child, uint32_t orphan_millis) {
    enum { CONTROL, SYNC, FILES, MOUNTS, SIGNALS, COUNT };
    struct itimerval orphaned = {.it_value = {orphan_millis / 1000, orphan_millis % 1000 * 1000 + 1}};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGALRM);
    struct pollfd p[COUNT + WORKERS] = {{.fd = slot[CONTROL]}, {slot[SYNC], POLLIN, 0},
                              {FILES_FD, POLLIN, 0}, {MOUNTS_FD, POLLIN, 0},
                              {signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), POLLIN, 0}};
    struct signalfd_siginfo info;
    bool failed = false;
    int status;
    while (true) {
        struct worker *idle = idle_worker();
        p[MOUNTS].events = idle != NULL ? POLLIN : 0;
        for (int i = 0; i < WORKERS; i++) /* without events: their ends only */
            p[COUNT + i].fd = workers[i].pid > 0 && !workers[i].killed ? workers[i].reply : -1;
        poll(p, COUNT + WORKERS, -1);
        for (int i = 0; i < WORKERS; i++)
            if (p[COUNT + i].fd >= 0 && p[COUNT + i].revents)
                kill_worker(&workers[i]);
        if (p[CONTROL].fd >= 0 && p[CONTROL].revents) { /* the JVM is gone */
            p[CONTROL].fd = -1;
            setitimer(ITIMER_REAL, &orphaned, NULL);
        }
        while (p[SYNC].fd >= 0 && poll(&p[SYNC], 1, 0) > 0)
            if (!take_sync(&failed)) {
                p[SYNC].fd = -1;
                if (!failed)
                    say(REPLY_STARTED, 0, NULL, 0);
            }
        if (p[FILES].revents && !take_request(FILES_FD, NULL))
            p[FILES].fd = -1;
        if (p[MOUNTS].revents && (idle == NULL || !take_request(MOUNTS_FD, idle)))
            p[MOUNTS].fd = -1;
        if (!p[SIGNALS].revents)
            continue;
        while (read(p[SIGNALS].fd, &info, sizeof info) > 0)
            if (info.ssi_signo == SIGALRM)
                kill(child, SIGKILL);
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
            if (pid == child) {
                for (int i = 0; i < WORKERS; i++)
                    kill_worker(&workers[i]);
                say(REPLY_EXITED, (uint32_t)status, NULL, 0);
                _exit(0);
            } else {
                end_worker(pid, status);
            }
    }
}
