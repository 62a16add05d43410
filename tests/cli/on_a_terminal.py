"""Runs a command on a terminal of its own, and prints what the terminal was sent.

    on_a_terminal.py [--ctrl-c-at TEXT] COMMAND...

With --ctrl-c-at, Ctrl-C is typed once TEXT has been shown. Ends with the command's exit code.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

COLUMNS, LINES = 120, 40
LONGEST_S = 120


def main():
    arguments = sys.argv[1:]
    awaited = None
    if arguments[0] == "--ctrl-c-at":
        awaited, arguments = arguments[1].encode(), arguments[2:]
    child, terminal = pty.fork()
    if child == 0:
        # A shell that runs tests in the background lets them ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(arguments[0], arguments)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    seen, ends_at = b"", time.monotonic() + LONGEST_S
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0, ends_at - time.monotonic()))
        if not ready:
            os.kill(child, 9)
            sys.exit("the command did not end")
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side is closed.
            break
        if not part:
            break
        seen += part
        if awaited is not None and awaited in seen:
            awaited = None
            os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    sys.stdout.buffer.write(seen)
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(status))


main()
