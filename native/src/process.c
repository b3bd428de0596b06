/* The last orders: hooks, pid 1, and the way to the container's program. */
#include "stage.h"
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/mman.h>

void reset_signals(void) {
    sigset_t none;
    for (int signal = 1; signal <= 64; signal++)
        if (signal != SIGKILL && signal != SIGSTOP && signal != 32 && signal != 33)
            sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

long default_signals(const long *a) {
    (void)a;
    reset_signals();
    return 0;
}

/* Runs a program of the host's or, after the pivot, of the container's, and waits: path, seconds, input, argv, env. */
long run_hook(const long *a) {
    int in = MUST(memfd_create("hook", MFD_CLOEXEC)), status = 0;
    if (write(in, (void *)a[2], (size_t)a[3]) < 0 || lseek(in, 0, SEEK_SET) < 0)
        return -1;
    pid_t pid = MUST(fork());
    if (pid == 0) {
        dup2(in, 0);
        reset_signals();
        umask(022); /* as programs expect, not the stage's */
        alarm((unsigned)a[1]);
        execve((char *)a[0], (char **)a[4], (char **)a[5]);
        _exit(127);
    }
    close(in);
    MUST(waitpid(pid, &status, 0));
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM && a[1] != 0)
        errno = ETIMEDOUT;
    else
        errno = WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ENOENT : EIO;
    return status == 0 ? 0 : -1;
}

/*
 * Carries orders out in a copy of the mount namespace that another user namespace owns, and takes back what they left in
 * a[1] slots from a[0] on: trees that are cloned there are locked (mount_namespaces(7)). P1 does not wait until the copy
 * has been taken down; its child takes no number that a program would have had.
 */
static pid_t copying = -1;

long in_copy(const long *a) {
    struct reader r = {.at = (char *)a[2], .end = (char *)a[2] + a[3]};
    pid_t number = 300;
    struct clone_args how = {.flags = CLONE_NEWUSER | CLONE_NEWNS, .exit_signal = SIGCHLD,
                             .set_tid = (uint64_t)&number, .set_tid_size = 1};
    struct fds made;
    int pair[2], status = 0;
    char done = 0;
    if (a[1] < 1 || a[1] > 4 || a[0] < 0 || a[0] > SLOTS - a[1])
        fail_with(EBADMSG);
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
    if ((copying = (pid_t)syscall(SYS_clone3, &how, sizeof how)) < 0) {
        how.set_tid = how.set_tid_size = 0; /* not in a pid namespace of the host's */
        copying = MUST(syscall(SYS_clone3, &how, sizeof how));
    }
    if (copying == 0) {
        run_orders(&r);
        _exit(transmit(pair[1], "+", 1, slot + a[0], (int)a[1]) ? 0 : EIO);
    }
    close(pair[1]);
    receive(pair[0], &done, 1, &made);
    close(pair[0]);
    if (!done || is_worker)
        MUST(waitpid(copying, &status, 0));
    if (!done)
        _exit(WIFEXITED(status) && status != 0 ? WEXITSTATUS(status) : 125); /* the child has said why */
    for (int i = 0; i < made.count; i++) {
        close(slot[a[0] + i]);
        slot[a[0] + i] = made.fd[i];
    }
    return 0;
}

/* A change of user forgets the death signal; P0 may have died before it is set again. */
long die_with_parent(const long *a) {
    struct pollfd parent = {.fd = slot[SYNC]};
    (void)a;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (poll(&parent, 1, 0) != 0)
        _exit(125);
    return 0;
}

/* Hands the listener and the terminal over and waits for the start. */
long say_ready(const long *a) {
    int up[2], ups = 0;
    uint32_t what = 0;
    struct message go;
    struct fds none;
    (void)a;
    if (copying > 0)
        waitpid(copying, NULL, 0);
    for (long i = LISTENER; i <= TERMINAL; i++)
        if (slot[i] >= 0) {
            up[ups++] = slot[i];
            what |= 1u << (i - LISTENER);
        }
    if (!say(REPLY_READY, what, up, ups))
        _exit(125);
    for (long i = LISTENER; i <= TERMINAL; i++)
        close_slot(&i);
    if (receive(slot[CONTROL], &go, sizeof go, &none) != sizeof go || go.magic != MAGIC || go.type != MSG_START)
        _exit(125);
    return 0;
}

/* Pid 1 for a program that is none: reaps, passes signals on, ends as the program ends. */
long run_init(const long *a) {
    pid_t program = MUST(fork());
    if (program == 0)
        return 0;
    sigset_t all;
    siginfo_t info;
    int status, signal, null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        MUST(null < 0 ? close(fd) : dup2(null, fd));
    close_range(3, ~0u, 0);
    /* Who traces it must not gain what the program was denied, not even by having it execute something as root. */
    struct __user_cap_header_struct self = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct only[2] = {{.effective = 1 << CAP_KILL, .permitted = 1 << CAP_KILL}};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(syscall(SYS_capset, &self, only));
    prctl(PR_SET_DUMPABLE, a[0] != 0);
    sigfillset(&all);
    while (true) {
        if ((signal = sigwaitinfo(&all, &info)) == SIGCHLD) {
            for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
                if (pid == program)
                    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        } else if (signal > 0 && kill(-program, signal) < 0) {
            kill(program, signal); /* it does not lead its group yet */
        }
    }
}

/* Paths to try, argv, env. As execvpe(3), without its shell: the first that is there, though one may be forbidden. */
long execute(const long *a) {
    int error = ENOENT;
    for (char **path = (char **)a[0]; *path != NULL; path++) {
        execve(*path, (char **)a[1], (char **)a[2]);
        if (errno == EACCES)
            error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            fail_at(errno, STEP_EXEC, *path);
    }
    errno = error;
    return -1;
}
