"""Runs a shell line on a terminal of its own and prints all that appears there.

Usage: on_terminal.py LINE [WORDS FILE]: once all WORDS (separated by commas) stand in one line, FILE is made.
"""
import fcntl, os, pty, struct, sys, termios

line = sys.argv[1]
words, go = (sys.argv[2].split(","), sys.argv[3]) if len(sys.argv) > 2 else ([], None)
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.execvp("sh", ["sh", "-c", line])
seen = b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    text = seen.replace(b"\n", b"\r").decode(errors="replace")
    if go and any(all(word in part for word in words) for part in text.split("\r")):
        open(go, "w").close()
        go = None
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) % 256)
