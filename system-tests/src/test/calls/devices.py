# Makes devices in a directory and uses them.
import ctypes, errno, os, stat, sys

libc = ctypes.CDLL(None, use_errno=True)
CHARACTER, BLOCK = stat.S_IFCHR, stat.S_IFBLK


def say(what, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(*arguments)
    print(what, result if result >= 0 else errno.errorcode[ctypes.get_errno()], flush=True)


os.umask(0o027)
os.makedirs(sys.argv[1])
os.chdir(sys.argv[1])
devices = {b"null": 0x103, b"zero": 0x105, b"full": 0x107, b"random": 0x108, b"urandom": 0x109, b"tty": 0x500}
for name, number in devices.items():
    say(name.decode(), 133, name, CHARACTER | 0o666, number)
for name, number in devices.items():
    assert os.stat(name).st_rdev == number and stat.S_ISCHR(os.stat(name).st_mode)
open("null", "w").write("lost")
print(len(open("null").read()), len(open("zero", "rb").read(5)), len(open("urandom", "rb").read(5)))
try:
    os.write(os.open("full", os.O_WRONLY), b"x")
except OSError as failure:
    print("full", errno.errorcode[failure.errno])
say("exists", 133, b"null", CHARACTER | 0o666, 0x103)
say("memory", 133, b"mem", CHARACTER | 0o666, 0x101)
say("disk", 133, b"disk", BLOCK | 0o666, 0x800)
say("block", 133, b"block", BLOCK | 0o666, 0x103)
say("pipe", 133, b"pipe", stat.S_IFIFO | 0o600, 0)
say("nowhere", 133, b"no/null", CHARACTER | 0o666, 0x103)
say("slash", 133, b"slash/", CHARACTER | 0o666, 0x103)
say("no path", 133, 0, CHARACTER | 0o666, 0x103)
say("at", 259, os.open(".", os.O_PATH), b"at", CHARACTER | 0o666, 0x103)
say("bad descriptor", 259, 99, b"at", CHARACTER | 0o666, 0x103)
os.symlink("nowhere", "link")
say("link", 133, b"link", CHARACTER | 0o666, 0x103)
libc.umount2(b"null", 0)
print("beneath", oct(os.stat("null").st_mode), os.stat("null").st_uid)
