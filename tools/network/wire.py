"""One host of a network of two: a TAP interface in a namespace of its own, and what crosses the wire lost and delayed.

    unshare --net --mount python tools/network/wire.py ADDRESS SOCKET --loss 0.01 --delay-s 0.005

SOCKET: descriptor of a Unix socket to the other host's end, inherited. Stands in for a veth pair with tc's netem, which a kernel
may lack. Prints a line when the host can be used; others join it by its process' number (nsenter).
"""

import argparse
import contextlib
import fcntl
import os
import random
import select
import socket
import struct
import subprocess
import time
from collections import deque

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000      # linux/if_tun.h
LONGEST = 2048          # bytes, more than a frame of Ethernet
INTERFACE = 'wire0'
QUEUE_BYTES = 64 << 20  # of frames on their way, as the kernel counts them
SO_SNDBUFFORCE = 32     # asm-generic/socket.h
# The namespace sees no shared memory of the other host's.
SET_UP = ('mount -t tmpfs tmpfs /dev/shm', 'ip link set lo up', f'ip address add {{}}/24 dev {INTERFACE}',
          f'ip link set {INTERFACE} up', f'ip route add 224.0.0.0/4 dev {INTERFACE}',
          # As the README says: what waits for a lost fragment must not keep out all others.
          'sysctl -q -w net.ipv4.ipfrag_high_thresh=134217728 net.ipv4.ipfrag_time=3')


def opened_tap() -> int:
    """Descriptor of a new interface."""
    tap = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack('16sH', INTERFACE.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def carry(tap: int, link: socket.socket, loss: float, delay_s: float) -> None:
    """Pass frames on for ever: from the host to the wire with loss and delay, from the wire to the host."""
    link.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, QUEUE_BYTES)
    waiting: deque[tuple[float, bytes]] = deque()
    while True:
        patience_s = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([tap, link], [], [], patience_s)
        if tap in ready:
            frame = os.read(tap, LONGEST)
            if random.random() >= loss:
                waiting.append((time.monotonic() + delay_s, frame))
        if link in ready:
            os.write(tap, link.recv(LONGEST))
        while waiting and waiting[0][0] <= time.monotonic():
            with contextlib.suppress(BlockingIOError):      # a wire whose queue is full loses too
                link.send(waiting.popleft()[1], socket.MSG_DONTWAIT)


def main() -> None:
    """Set the host up and carry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('address')
    parser.add_argument('socket', type=int)
    parser.add_argument('--loss', type=float, default=0.0, help='share of frames that this host sends')
    parser.add_argument('--delay-s', type=float, default=0.0, help='of each of them')
    arguments = parser.parse_args()
    tap = opened_tap()
    for command in SET_UP:
        subprocess.run(command.format(arguments.address).split(), check=True)
    print('ready', flush=True)
    carry(tap, socket.socket(fileno=arguments.socket), arguments.loss, arguments.delay_s)


if __name__ == '__main__':
    main()
