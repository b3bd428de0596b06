# What openat2(2) answers to who forbids it to cross mounts, one line for each case.
import ctypes, errno, fcntl, os, struct

libc = ctypes.CDLL(None, use_errno=True)
XDEV, MAGIC, LINKS, BENEATH, ROOT = 1, 2, 4, 8, 16


def open2(directory, path, flags=0, resolve=BENEATH | XDEV, mode=0, size=24):
    ctypes.set_errno(0)
    how = struct.pack("QQQ", flags, mode, resolve).ljust(size, b"\0")
    result = libc.syscall(437, directory, path, how, ctypes.c_long(size))
    return result if result >= 0 else errno.errorcode[ctypes.get_errno()]


def say(what, result):
    if isinstance(result, int):
        closed = fcntl.fcntl(result, fcntl.F_GETFD)
        try:
            text = os.read(result, 4096).decode().split("\n")[0]
        except OSError as failure:
            text = errno.errorcode[failure.errno]
        os.close(result)
        result = f"open {closed} {text}"
    print(what + ":", result, flush=True)


proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
say("sysctl", open2(proc, b"sys/kernel/hostname", os.O_CLOEXEC, BENEATH | XDEV | MAGIC))
say("path", open2(proc, b"sys/kernel/hostname", os.O_PATH | os.O_NOFOLLOW))
say("directory", open2(proc, b"sys", os.O_PATH | os.O_DIRECTORY))
say("not a directory", open2(proc, b"sys/kernel/hostname", os.O_DIRECTORY))
say("in root", open2(proc, b"sys/kernel/hostname", 0, ROOT | XDEV))
say("write", open2(proc, b"sys/kernel/hostname", os.O_WRONLY))
say("create", open2(proc, b"sys/kernel/hostname", os.O_CREAT, mode=0o600))
say("kernel's", open2(proc, b"version", os.O_PATH))
say("hidden", open2(proc, b"keys"))
say("missing", open2(proc, b"sys/kernel/nothing"))
say("bad descriptor", open2(77, b"sys/kernel/hostname"))
say("too large", open2(proc, b"sys", size=8192))
say("leaves", open2(proc, b"../proc/sys/kernel/hostname", 0, XDEV))
os.chdir("/proc")
say("from here", open2(-100, b"sys/kernel/hostname", 0, XDEV))
os.chdir("/")
if os.access("/root", os.W_OK):
    os.system("mount --bind /proc/uptime /proc/version")
    say("bound there", open2(proc, b"version"))
    os.system("umount /proc/version; mkdir -p /r/proc; mount -t proc proc /r/proc")
    os.chroot("/r")
    proc = os.open("/proc", os.O_PATH)
    say("other root", open2(proc, b"sys/kernel/hostname"))
