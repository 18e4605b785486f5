"""A character device in front of swtpm: a write is a command, a read its answer, as with /dev/tpmrm0."""
import os
import pty
import socket
import sys
import tty

port, mode = int(sys.argv[1]), sys.argv[2]
master, slave = pty.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)
tpm = socket.create_connection(("127.0.0.1", port))

while True:
    command = os.read(master, 4096)
    if mode == "silent":
        continue
    tpm.sendall(command)
    answer = tpm.recv(4096)
    while len(answer) < int.from_bytes(answer[2:6], "big"):
        answer += tpm.recv(4096)
    os.write(master, answer)
