/**
 * A cable with a delay, as a Python program: two tap devices between which it forwards frames half a round trip later
 * each way. Node has no ioctl, and not every kernel has netem. Arguments: MACHINE_IF TMP_IF NETNS MAC RTT_MS.
 */
export const TAP_DELAY = `
import sys, os, fcntl, struct, select, time, subprocess, collections
a, b, ns, mac, rtt = sys.argv[1:6]
half = float(rtt) / 2000
TUNSETIFF, TUNSETOFFLOAD = 0x400454ca, 0x400454d0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 2, 0x1000, 0x4000
def tap(name):
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
    fcntl.ioctl(fd, TUNSETOFFLOAD, 1 | 2 | 4)  # csum, tso4, tso6: large frames pass unsplit
    return fd
fa, fb = tap(a), tap(b)
ip = lambda *x: subprocess.check_call(['ip', *x])
ip('link', 'set', b, 'netns', ns)
ip('-n', ns, 'link', 'set', b, 'address', mac)
ip('-n', ns, 'link', 'set', b, 'name', 'host0')
queues = {fa: collections.deque(), fb: collections.deque()}  # frames waiting to be written to the key
other = {fa: fb, fb: fa}
while True:
    now = time.monotonic()
    wait = None
    for fd, queue in queues.items():
        while queue and queue[0][0] <= now:
            try: os.write(fd, queue.popleft()[1])
            except OSError: pass
        if queue: wait = queue[0][0] - now if wait is None else min(wait, queue[0][0] - now)
    for fd in select.select([fa, fb], [], [], wait)[0]:
        try:
            for _ in range(64): queues[other[fd]].append((time.monotonic() + half, os.read(fd, 70000)))
        except BlockingIOError: pass
        except OSError: time.sleep(0.01)
`
