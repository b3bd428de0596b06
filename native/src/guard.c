/* What outlives a server that was killed, to take its mount off. */
#include "stage.h"

#include <sys/mount.h>

/* Of <linux/mount.h> and <linux/stat.h>; the C library's headers may be older than the kernel. */
struct statmount_request {
    uint32_t size, spare;
    uint64_t mount, mask;
};
struct statmount_answer {
    char before[108];
    uint32_t mount_point;
    char between[400];
    char strings[8192];
};
enum { SYS_STATMOUNT = 457, WANT_MOUNT_POINT = 0x10, WANT_UNIQUE_ID = 0x4000, MOUNT_ID_AT = 144 };
_Static_assert(offsetof(struct statmount_answer, mount_point) == 108, "struct statmount of <linux/mount.h>");
_Static_assert(offsetof(struct statmount_answer, strings) == 512, "struct statmount of <linux/mount.h>");

/* Whether a descriptor's mount has this number, which no other mount ever gets. Asks no server: that is dead. */
static bool is_on(int fd, uint64_t mount) {
    char answer[256] = {0};
    uint64_t found;
    if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, WANT_UNIQUE_ID, answer) < 0)
        return false;
    memcpy(&found, answer + MOUNT_ID_AT, sizeof found);
    return found == mount;
}

/*
 * Waits until its standard input ends. If that says nothing before, the server has died without taking its mount off: the mount of
 * this number goes, wherever it is, and no other one that may have taken its place meanwhile.
 */
int guard_mount(const char *number) {
    static struct statmount_answer answer;
    struct statmount_request request = {.size = 24, .mount = strtoull(number, NULL, 10), .mask = WANT_MOUNT_POINT};
    char byte, place[32];
    ssize_t got;
    if (chdir("/") < 0)
        return 1;
    do
        got = read(0, &byte, 1);
    while (got < 0 && errno == EINTR);
    if (got != 0 || syscall(SYS_STATMOUNT, &request, &answer, sizeof answer, 0) < 0 ||
        answer.mount_point >= sizeof answer.strings)
        return 0;
    int fd = open(answer.strings + answer.mount_point, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || !is_on(fd, request.mount))
        return 0;
    snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
    return umount2(place, MNT_DETACH) < 0;
}
