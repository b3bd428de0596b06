/* P0's way from the JVM's child to the container's parent. */
#include "stage.h"

/* Copies the whole file first: what has been checked cannot change while it is carried out. */
static void run_file(int fd) {
    struct stat st;
    doing = (struct progress){STEP_ORDERS, "size"};
    MUST(fstat(fd, &st));
    size_t size = (size_t)st.st_size;
    char *bytes = size > MAX_ORDERS ? NULL : malloc(size);
    if (bytes == NULL || pread(fd, bytes, size, 0) != (ssize_t)size)
        fail_with(EMSGSIZE);
    close(fd);
    struct reader r = {.at = bytes, .end = bytes + size};
    if (u32(&r) != MAGIC || u32(&r) != VERSION)
        fail_at(EPROTO, STEP_ORDERS, "version");
    run_orders(&r);
    free(bytes);
}

/* Of what comes with a message the first descriptor is the orders' own, the rest is what they mean by slots. */
void take_orders(void) {
    struct message message;
    struct fds fds;
    while (true) {
        doing = (struct progress){STEP_ORDERS, "message"};
        ssize_t length = receive(slot[CONTROL], &message, sizeof message, &fds);
        if (length == 0 || (length < 0 && errno == ECONNRESET))
            _exit(0); /* the JVM went away before there was anything to lose */
        if (MUST(length) != sizeof message || message.magic != MAGIC || message.type != MSG_ORDERS || fds.count == 0)
            fail_with(EPROTO);
        int file = fds.fd[0];
        memmove(fds.fd, fds.fd + 1, (size_t)--fds.count * sizeof(int));
        empty_slots(&fds);
        run_file(file);
        if (!say(REPLY_DONE, 0, NULL, 0))
            _exit(0);
    }
}

/* P0 lets go of the container's streams: their other ends must see when the container closes them. */
static _Noreturn void become_agent(pid_t child, uint32_t orphan_millis) {
    int null = MUST(open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    say(REPLY_FORKED, (uint32_t)child, NULL, 0);
    serve(child, orphan_millis);
}

/* P1's orders come when the JVM has put it into its cgroups. */
long fork_first(const long *a) {
    int pair[2];
    if (slot[SYNC] >= 0)
        fail_with(EBUSY);
    prepare_agent();
    MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
    pid_t child = MUST(fork());
    slot[SYNC] = pair[child == 0];
    close(pair[child != 0]);
    if (child > 0)
        become_agent(child, (uint32_t)a[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    take_orders();
}

int main(int count, char **arguments) {
    static const char help[] = "caisson-stage: started by caisson only\n";
    sigset_t all;
    if (count == 3 && strcmp(arguments[1], "guard-mount") == 0)
        return guard_mount(arguments[2]);
    for (int fd = CONTROL_FD; fd <= MOUNTS_FD; fd++)
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
            return write(2, help, sizeof help - 1) < 0 ? 125 : 125;
    close_range(MOUNTS_FD + 1, ~0u, 0);
    memset(slot, -1, sizeof slot);
    slot[CONTROL] = CONTROL_FD;
    prctl(PR_SET_DUMPABLE, 0); /* nobody inside may trace or read the stage */
    reset_signals();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    umask(0);
    doing = (struct progress){STEP_NAMESPACES, "/"};
    MUST(chdir("/"));
    ns_directory = MUST(open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC));
    take_orders();
}
