/* The loop that carries out the orders: system calls whose arguments were decoded and bounded by the table below. */
#include "stage.h"
#include <linux/filter.h>

int slot[SLOTS];

/*
 * In the order of Call.java. Arguments: `n` a number, `d` the descriptor in a slot, `s` a string, `b` bytes, `l` the
 * length of the bytes before, `v` a list of strings, `g` a count and a list of ids, `f` a filter program, `0` NULL.
 */
static const struct call {
    long number;
    const char *arguments;
    order *own;
} calls[] = {
    {0, "dsbl", open_at},
    {SYS_close_range, "nnn", NULL},
    {SYS_write, "dbl", NULL},
    {SYS_fcntl, "dnn", NULL},
    {SYS_dup3, "dnn", NULL},
    {SYS_ioctl, "dnn", NULL},
    {SYS_ioctl, "dnb", NULL},
    {SYS_socket, "nnn", NULL},
    {SYS_mkdirat, "dsn", NULL},
    {SYS_mknodat, "dsnn", NULL},
    {SYS_symlinkat, "sds", NULL},
    {SYS_fchownat, "dsnnn", NULL},
    {SYS_fchdir, "d", NULL},
    {SYS_umask, "n", NULL},
    {SYS_fsopen, "sn", NULL},
    {SYS_fsconfig, "dnssn", NULL},
    {SYS_fsconfig, "dns0n", NULL},
    {SYS_fsconfig, "dn00n", NULL},
    {SYS_fsmount, "dnn", NULL},
    {SYS_open_tree, "dsn", NULL},
    {SYS_move_mount, "dsdsn", NULL},
    {SYS_mount_setattr, "dsnbl", NULL},
    {SYS_pivot_root, "ss", NULL},
    {SYS_umount2, "sn", NULL},
    {SYS_unshare, "n", NULL},
    {SYS_setns, "dn", NULL},
    {SYS_sethostname, "bl", NULL},
    {SYS_setdomainname, "bl", NULL},
    {SYS_prctl, "nnnnn", NULL},
    {SYS_setgroups, "g", NULL},
    {SYS_setresgid, "nnn", NULL},
    {SYS_setresuid, "nnn", NULL},
    {SYS_capset, "bb", NULL},
    {SYS_setsid, "", NULL},
    {SYS_keyctl, "n0", NULL},
    {SYS_seccomp, "nnf", NULL},
    {0, "n", close_slot},
    {0, "dnn", expect_device},
    {0, "n", fork_first},
    {0, "nd", give_agent},
    {0, "dd", give_result},
    {0, "", fork_worker},
    {0, "nnbl", in_copy},
    {0, "snblvv", run_hook},
    {0, "", say_ready},
    {0, "n", run_init},
    {0, "", default_signals},
    {0, "", die_with_parent},
    {0, "vvv", execute},
};

/* openat2(2); a rename meanwhile makes the kernel give up with EAGAIN. */
long open_at(const long *a) {
    long fd = -1;
    for (int tries = 0; fd < 0 && tries < 1000 && (tries == 0 || errno == EAGAIN || errno == EINTR); tries++)
        fd = syscall(SYS_openat2, a[0], a[1], a[2], a[3]);
    return fd;
}

long close_slot(const long *a) {
    if (a[0] < 0 || a[0] >= SLOTS)
        return -1;
    if (slot[a[0]] >= 0)
        close(slot[a[0]]);
    slot[a[0]] = -1;
    return 0;
}

/* A descriptor, the type and the number of the device that it must be: its driver is the kernel's then, nobody else's. */
long expect_device(const long *a) {
    struct stat st;
    if (fstat((int)a[0], &st) < 0)
        return -1;
    errno = ENODEV;
    return (st.st_mode & S_IFMT) == (mode_t)a[1] && st.st_rdev == (dev_t)a[2] ? 0 : -1;
}

/* Forgets what earlier orders opened; `then` are the descriptors of the next. */
void empty_slots(const struct fds *then) {
    for (long i = LISTENER; i < SLOTS; i++)
        close_slot(&i);
    for (int i = 0; i < then->count; i++)
        slot[PASSED + i] = then->fd[i];
}

static long descriptor(struct reader *r) {
    uint32_t index = u32(r);
    r->bad |= index >= SLOTS && index != NOTHING;
    return index < SLOTS ? slot[index] : AT_FDCWD;
}

static void decode(struct reader *r, const char *format, long *a) {
    static struct sock_fprog program;
    uint32_t length = 0;
    for (; *format != 0; format++, a++)
        switch (*format) {
        case 'n': *a = (long)u64(r); break;
        case 'd': *a = descriptor(r); break;
        case 's': *a = (long)str(r); break;
        case 'b': *a = (long)blob(r, &length); break;
        case 'l': *a = length; break;
        case 'v': *a = (long)strings(r); break;
        case 'g':
            a[1] = (long)blob(r, &length);
            *a++ = (long)(length / sizeof(gid_t));
            break;
        case 'f':
            program.filter = (void *)blob(r, &length);
            program.len = (unsigned short)(length / sizeof(struct sock_filter));
            r->bad |= length > BPF_MAXINSNS * sizeof(struct sock_filter) || length % sizeof(struct sock_filter) != 0;
            *a = (long)&program;
        }
}

/*
 * One order: its failure may be forgiven (a bit for an errno, all of them for any) and the result kept in a slot.
 * Answers how many orders to skip.
 */
static uint32_t carry_out(struct reader *r) {
    doing.path = str(r);
    uint32_t number = u32(r), into = u32(r), skip_if_done = u32(r), skip_if_forgiven = u32(r);
    uint64_t forgiven = u64(r);
    if (r->bad || number >= sizeof calls / sizeof *calls || (into >= SLOTS && into != NOTHING))
        fail_at(EBADMSG, STEP_ORDERS, "order");
    const struct call *call = &calls[number];
    long a[8] = {0}, result;
    decode(r, call->arguments, a);
    if (r->bad || r->at != r->end)
        fail_at(EBADMSG, STEP_ORDERS, "arguments");
    if (call->own != NULL)
        result = call->own(a);
    else
        result = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (result < 0 && forgiven != UINT64_MAX && (errno >= 64 || !(forgiven >> errno & 1)))
        fail_with(errno);
    if (into != NOTHING) {
        long old = into;
        close_slot(&old);
        slot[into] = (int)result;
    }
    return result >= 0 ? skip_if_done : skip_if_forgiven;
}

void run_orders(struct reader *r) {
    uint32_t skip = 0;
    while (r->at < r->end) {
        uint32_t step = u32(r), length = u32(r);
        if (r->bad || length > (size_t)(r->end - r->at))
            fail_at(EBADMSG, STEP_ORDERS, "length");
        struct reader one = {.at = r->at, .end = r->at + length};
        r->at += length;
        doing.step = step;
        skip = skip > 0 ? skip - 1 : carry_out(&one);
    }
}
