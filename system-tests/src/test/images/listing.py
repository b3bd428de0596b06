"""listing.py DIRECTORY: prints what can be seen of each file of a tree, a line each, so that two ways to make the tree can be compared.

PATH  MODE  OWNER:GROUP  SIZE  TIME  DEVICE  FIRST-NAME  TARGET  DATA  ATTRIBUTES

Names are bytes, of which all but plain ones are escaped; FIRST-NAME is the least of the names of a file that has several. Not told is
what a copy cannot have alike: inode numbers, times of access and change, the size and the links of directories.
"""
import hashlib
import os
import stat
import sys

PLAIN = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./-_+:@=,~")


def escaped(name):
    return "".join(chr(byte) if byte in PLAIN else "%%%02x" % byte for byte in name)


def digest(path):
    computation = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            computation.update(piece)
    return computation.hexdigest()


def attributes(path):
    names = sorted(os.fsencode(name) for name in os.listxattr(path, follow_symlinks=False))
    return ",".join(escaped(name) + "=" + os.getxattr(path, name, follow_symlinks=False).hex() for name in names)


def walk(top):
    yield b"."
    waiting = [b"."]
    while waiting:
        directory = waiting.pop()
        with os.scandir(os.path.join(top, directory)) as entries:
            for entry in entries:
                path = directory + b"/" + entry.name
                yield path
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)


def main(top):
    paths = sorted(walk(top))
    found = {path: os.lstat(os.path.join(top, path)) for path in paths}
    first = {}
    for path in paths:
        if not stat.S_ISDIR(found[path].st_mode):
            first.setdefault((found[path].st_dev, found[path].st_ino), path)
    for path in paths:
        whole, seen = os.path.join(top, path), found[path]
        directory, link = stat.S_ISDIR(seen.st_mode), stat.S_ISLNK(seen.st_mode)
        device = stat.S_ISCHR(seen.st_mode) or stat.S_ISBLK(seen.st_mode)
        print(
            escaped(path),
            "%o" % seen.st_mode,
            "%d:%d" % (seen.st_uid, seen.st_gid),
            0 if directory else seen.st_size,
            seen.st_mtime_ns,
            "%d:%d" % (os.major(seen.st_rdev), os.minor(seen.st_rdev)) if device else "-",
            "-" if directory else escaped(first[seen.st_dev, seen.st_ino]),
            escaped(os.readlink(whole)) if link else "-",
            digest(whole) if stat.S_ISREG(seen.st_mode) else "-",
            attributes(whole) or "-",
        )


main(os.fsencode(sys.argv[1]))
