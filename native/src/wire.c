/* The two protocols' common part: flat little-endian messages over SOCK_SEQPACKET, descriptors by SCM_RIGHTS. */
#include "stage.h"

struct progress doing;

static void take(struct reader *r, void *value, size_t size) {
    r->bad |= (size_t)(r->end - r->at) < size;
    memset(value, 0, size);
    if (!r->bad)
        memcpy(value, r->at, size);
    r->at += r->bad ? 0 : size;
}

uint32_t u32(struct reader *r) {
    uint32_t value;
    take(r, &value, sizeof value);
    return value;
}

uint64_t u64(struct reader *r) {
    uint64_t value;
    take(r, &value, sizeof value);
    return value;
}

/* A length, that many bytes and a NUL that it does not count; the bytes stay where they are. */
const char *blob(struct reader *r, uint32_t *length) {
    *length = u32(r);
    if (r->bad || (size_t)(r->end - r->at) <= *length || r->at[*length] != 0) {
        r->bad = true;
        *length = 0;
        return "";
    }
    const char *start = r->at;
    r->at += *length + 1;
    return start;
}

const char *str(struct reader *r) {
    uint32_t length;
    const char *text = blob(r, &length);
    if (memchr(text, 0, length) != NULL)
        r->bad = true;
    return r->bad ? "" : text;
}

/* A NULL-terminated array for execve(2). A string takes 5 bytes at least, which bounds the array by the message. */
char **strings(struct reader *r) {
    uint32_t count = u32(r);
    if (r->bad || count > (size_t)(r->end - r->at) / 5) {
        r->bad = true;
        count = 0;
    }
    char **list = calloc(count + 1, sizeof *list);
    if (list == NULL)
        fail_at(ENOMEM, STEP_ORDERS, "strings");
    for (uint32_t i = 0; i < count; i++)
        list[i] = (char *)str(r);
    return list;
}

/* One whole message with all its descriptors, or none. Negative: errno is set. */
ssize_t receive(int sock, void *data, size_t size, struct fds *fds) {
    union {
        char space[CMSG_SPACE(sizeof fds->fd)];
        struct cmsghdr align;
    } u;
    struct iovec part = {.iov_base = data, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u.space};
    ssize_t length;
    do
        length = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    struct cmsghdr *c = length < 0 ? NULL : CMSG_FIRSTHDR(&message);
    fds->count = c == NULL || c->cmsg_type != SCM_RIGHTS ? 0 : (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(fds->fd, u.space + CMSG_LEN(0), (size_t)fds->count * sizeof(int));
    if (length < 0 || !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return length;
    while (fds->count > 0)
        close(fds->fd[--fds->count]);
    errno = EMSGSIZE;
    return -1;
}

bool transmit(int sock, const void *data, size_t size, const int *fds, int count) {
    union {
        char space[CMSG_SPACE(4 * sizeof(int))];
        struct cmsghdr align;
    } u;
    struct iovec part = {.iov_base = (void *)data, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = &u;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        memset(&u, 0, sizeof u);
        u.align = (struct cmsghdr){CMSG_LEN((size_t)count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(u.space + CMSG_LEN(0), fds, (size_t)count * sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(sock, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size;
}

static bool tell(uint32_t type, int error, uint32_t value, uint32_t step, const char *path, const int *fds, int count) {
    struct reply reply = {.magic = MAGIC, .type = type, .error = (uint32_t)error, .value = value, .step = step};
    size_t length = strnlen(path, sizeof reply.path - 1);
    memcpy(reply.path, path, length);
    return transmit(slot[CONTROL], &reply, offsetof(struct reply, path) + length, fds, count);
}

bool say(uint32_t type, uint32_t value, const int *fds, int count) {
    return tell(type, 0, value, 0, "", fds, count);
}

/* Tells the JVM, marks P1's end as a failure for P0, and ends as shells do: 127 not found, 126 not executable. */
void fail_at(int error, uint32_t step, const char *path) {
    if (is_worker)
        _exit(error);
    tell(REPLY_FAILED, error, 0, step, path, NULL, 0);
    if (slot[SYNC] >= 0 && write(slot[SYNC], "!", 1) < 0)
        _exit(125);
    _exit(step != STEP_EXEC ? 125 : error == ENOENT ? 127 : 126);
}

void fail_with(int error) {
    fail_at(error, doing.step, doing.path);
}
