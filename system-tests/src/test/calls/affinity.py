# What sched_getaffinity(2) and the memory arguments of sysinfo(2) answer, whatever the number of processors.
import ctypes, errno, mmap, os, threading, time

libc = ctypes.CDLL(None, use_errno=True)
mask = ctypes.create_string_buffer(2048)
AFFINITY, SYSINFO = 204, 99


def call(*arguments):
    ctypes.set_errno(0)
    result = libc.syscall(*arguments)
    return result if result >= 0 else errno.errorcode[ctypes.get_errno()]


def address(value):
    return ctypes.c_void_p(value)


for length in 0, 1, 7, 8, 9, 16, 64, 128, 1024, 2048, 2**32 - 1:
    print("length", length, call(AFFINITY, 0, ctypes.c_uint(length), mask))
print("address", call(AFFINITY, 0, 128, address(0)), call(AFFINITY, 0, 128, address(0x7FFF00000000)))
print("thread", [call(AFFINITY, number, 128, mask) for number in (9999999, -1, -(2**31))])
print("both", call(AFFINITY, 9999999, 0, mask))
pages = mmap.mmap(-1, 8192)
start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
libc.mprotect(address(start + 4096), 4096, 0)
for call_number, arguments in (AFFINITY, (0, 128)), (SYSINFO, ()):
    print("edge", call(call_number, *arguments, address(start + 4096 - 8)))
    print("before", call(call_number, *arguments, address(start + 4096 - 128)))
libc.mprotect(address(start), 4096, 1)
print("read-only", call(AFFINITY, 0, 128, address(start)), call(SYSINFO, address(start)))
print("null", call(SYSINFO, address(0)))

started, end, numbers = threading.Event(), threading.Event(), []


def other():
    numbers.append(threading.get_native_id())
    started.set()
    end.wait()


thread = threading.Thread(target=other)
thread.start()
started.wait()
print("other thread", call(AFFINITY, numbers[0], 128, mask))
end.set()
thread.join()
child = os.fork()
if child == 0:
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print("zombie", call(AFFINITY, child, 128, mask))
os.waitpid(child, 0)
print("gone", call(AFFINITY, child, 128, mask))
one = min(os.sched_getaffinity(0))
os.sched_setaffinity(0, {one})
print("set", os.sched_getaffinity(0) == {one})
