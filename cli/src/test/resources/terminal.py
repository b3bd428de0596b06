#!/usr/bin/env python3
"""Runs a command on a new pseudo-terminal and plays a user.

usage: terminal.py ROWSxCOLUMNS STEP... -- COMMAND...
steps: expect:TEXT (wait until the output since the last expect contains TEXT), send:TEXT (with Python escapes),
       resize:ROWSxCOLUMNS, mode:cooked|raw (wait until the terminal is in that mode)
Prints the whole output, then a line "status N". Fails with status 99 if a step is not met within 30 s.
"""
import fcntl, os, pty, select, struct, sys, termios, time

def set_size(fd, text):
    rows, columns = map(int, text.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

split = sys.argv.index("--")
steps, command = sys.argv[2:split], sys.argv[split + 1:]
pid, fd = pty.fork()
if pid == 0:
    set_size(0, sys.argv[1])
    os.execvp(command[0], command)

output, seen, deadline = b"", 0, time.monotonic() + 30

def more(timeout):
    global output
    if select.select([fd], [], [], timeout)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        output += data
        return bool(data)
    return True

def give_up(step):
    sys.stdout.buffer.write(output + ("\nnot met: %s\n" % step).encode())
    sys.stdout.flush()
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    sys.exit(99)

for step in steps:
    kind, _, value = step.partition(":")
    if kind == "send":
        os.write(fd, value.encode().decode("unicode_escape").encode())
    elif kind == "resize":
        set_size(fd, value)
    else:
        while True:
            if kind == "expect":
                at = output.find(value.encode(), seen)
                if at >= 0:
                    seen = at + len(value)
                    break
            elif kind == "mode":
                cooked = bool(termios.tcgetattr(fd)[3] & termios.ICANON)
                if cooked == (value == "cooked"):
                    break
            if not more(0.05) or time.monotonic() > deadline:
                give_up(step)
while more(0.2):
    if time.monotonic() > deadline:
        give_up("end")
status = os.waitpid(pid, 0)[1]
sys.stdout.buffer.write(output)
print("\nstatus %d" % (os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)))
