# What the calls on extended attributes answer for a name of trusted.overlay. in a directory.
import ctypes, errno, os, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
NAME = b"trusted.overlay.opaque"
room = ctypes.create_string_buffer(70000)


def size(value):
    return ctypes.c_long(value)


def say(what, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(*arguments)
    print(what, result if result >= 0 else errno.errorcode[ctypes.get_errno()])
    return result


os.mkdir(sys.argv[1])
os.chdir(sys.argv[1])
open("f", "w").close()
os.symlink("f", "l")
say("get none", 191, b"f", NAME, room, size(100))
say("set", 188, b"f", NAME, b"yes", size(3), 0)
say("create", 188, b"f", NAME, b"no", size(2), 1)
say("replace none", 188, b"f", NAME + b"2", b"no", size(2), 2)
say("flags", 188, b"f", NAME, b"no", size(2), 8)
say("too large", 188, b"f", NAME, room, size(65537), 0)
say("far too large", 188, b"f", NAME, room, size(-1), 0)
say("no value", 188, b"f", NAME, 0, size(5), 0)
say("get", 191, b"f", NAME, room, size(100))
print(room.raw[:3])
say("length", 191, b"f", NAME, 0, size(0))
say("little room", 191, b"f", NAME, room, size(2))
say("no room", 191, b"f", NAME, 0, size(5))
say("much room", 191, b"f", NAME, room, size(70000))
say("all room", 191, b"f", NAME, room, size(-1))
say("by link", 191, b"l", NAME, room, size(100))
say("of link", 192, b"l", NAME, room, size(100))
say("link", 189, b"l", NAME, b"z", size(1), 0)
opened, path, directory = os.open("f", os.O_RDONLY), os.open("f", os.O_PATH), os.open(".", os.O_PATH)
for descriptor in opened, path, 99, -1:
    say("descriptor", 193, descriptor, NAME, room, size(100))
length = say("list", 194, b"f", room, size(70000))
print(sorted(name for name in room.raw[:length].split(b"\0") if b"overlay" in name))
say("list with little room", 194, b"f", room, size(3))
say("list of descriptor", 196, opened, room, size(70000))
say("list of link", 195, b"l", room, size(70000))
say("length of list", 194, b"f", 0, size(0))
two = ctypes.create_string_buffer(b"at")
value = struct.pack("QII", ctypes.addressof(two), 2, 0)
space = struct.pack("QII", ctypes.addressof(room), 100, 0)
say("set at", 463, directory, b"f", 0, NAME + b"3", value, size(16))
say("get at", 464, directory, b"f", 0, NAME + b"3", space, size(16))
say("get with flags", 464, directory, b"f", 0, NAME, space[:12] + struct.pack("I", 1), size(16))
say("get at descriptor", 464, opened, b"", 0x1000, NAME, space, size(16))
say("get at path", 464, path, b"", 0x1000, NAME, space, size(16))
for length in 8, 5000:
    say("size of struct", 464, directory, b"f", 0, NAME, space, size(length))
say("longer struct", 464, directory, b"f", 0, NAME, space + b"\1" * 8, size(24))
say("flags at", 464, directory, b"f", 1, NAME, space, size(16))
say("list at", 465, directory, b"f", 0, room, size(70000))
say("remove at", 466, directory, b"f", 0, NAME + b"3")
say("remove at again", 466, directory, b"f", 0, NAME + b"3")
say("remove", 197, b"f", NAME)
say("remove again", 197, b"f", NAME)
say("remove of link", 198, b"l", NAME)
say("set by descriptor", 190, opened, NAME, b"q", size(1), 0)
say("remove by descriptor", 199, opened, NAME)
say("missing", 188, b"g", NAME, b"q", size(1), 0)
say("no name", 188, b"f", 0, b"q", size(1), 0)
say("long name", 188, b"f", NAME + b"x" * 300, b"q", size(1), 0)
