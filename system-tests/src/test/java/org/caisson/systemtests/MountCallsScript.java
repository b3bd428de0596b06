package org.caisson.systemtests;

/** Python that makes the newer mount calls by their numbers: no program of this distribution makes all of them. */
final class MountCallsScript {
    static final String PRELUDE = """
            import ctypes, errno, os, struct, sys
            l = ctypes.CDLL(None, use_errno=True)
            CWD, CLONE, EMPTY, REC, RDONLY = -100, 1, 0x1000, 0x8000, 1
            def e(r): return 'OK' if r >= 0 else errno.errorcode[-r]
            def of(r): return r if r >= 0 else -ctypes.get_errno()
            def say(*r): print(*[x if isinstance(x, str) else e(x) for x in r], flush=True)
            def call(nr, *a): return of(l.syscall(ctypes.c_long(nr), *[ctypes.c_long(x) if isinstance(x, int) else x for x in a]))
            def mount(s, t, ty, f, d=None): return of(l.mount(s, t, ty, ctypes.c_ulong(f), d))
            def umount(t, f=0): return of(l.umount2(t, f))
            def open_tree(d, p, f): return call(428, d, p, f)
            def attach(fd, to):
                if fd < 0: return fd
                r = call(429, fd, b'', CWD, to, 4); os.close(fd); return r
            def fsopen(t): return call(430, t, 1)
            def fsconfig(fd, cmd, k=None, v=None): return call(431, fd, cmd, k, v, 0)
            def fsmount(fd, attr=0): return call(432, fd, 1, attr)
            def fspick(p): return call(433, CWD, p, 0)
            def setattr(d, p, f, on=0, off=0): return call(442, d, p, f, struct.pack('QQQQ', on, off, 0, 0), 32)
            def made(t, attr=0, **options):
                c = fsopen(t)
                for k, v in options.items(): fsconfig(c, 1, k.encode(), v)
                if c < 0: return c
                r = fsconfig(c, 6)
                return fsmount(c, attr) if r >= 0 else r
            def line(p): return open(p).readline().strip()
            def child(f):
                sys.stdout.flush(); p = os.fork()
                if p == 0:
                    try: f()
                    except BaseException as x: print('failed', repr(x), flush=True)
                    sys.stdout.flush(); os._exit(0)
                os.waitpid(p, 0)
            os.makedirs('/m', exist_ok=True)
            """;

    private MountCallsScript() {}
}
