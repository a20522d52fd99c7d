import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hierarchies } from '../../src/sandbox/cgroup.ts'
import { mountsUnder } from '../../src/sandbox/mounts.ts'

const test = suite('sandbox: what the machine says')

const hybrid = `tmpfs /sys/fs/cgroup tmpfs rw 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
`

const cases = [
  {
    name: 'cgroup v2 alone',
    mounts: 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n',
    self: '0::/user.slice/session\n',
    want: { unified: '/sys/fs/cgroup', named: [], controllers: [] },
  },
  {
    name: "v1's controllers beside it: below the cgroup that we live in",
    mounts: hybrid,
    self: '5:name=systemd:/\n4:memory:/limits/mine\n1:cpu,cpuacct:/\n0::/\n',
    want: {
      unified: '/sys/fs/cgroup/unified',
      named: ['/sys/fs/cgroup/systemd'],
      controllers: ['/sys/fs/cgroup/cpu,cpuacct', '/sys/fs/cgroup/memory/limits/mine'],
    },
  },
  {
    name: 'v1 alone',
    mounts: 'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n',
    self: '4:memory:/\n',
    want: undefined,
  },
  {
    name: 'a v2 elsewhere is not the machine’s',
    mounts: 'none /mnt/cg cgroup2 rw 0 0\n',
    self: '0::/\n',
    want: undefined,
  },
]

for (const { name, mounts, self, want } of cases) test(name, () => assert.equal(hierarchies(mounts, self), want))

test('mounts at and under a folder, the last first; not its namesakes', () => {
  const info = `22 27 0:21 / /proc rw - proc proc rw
30 27 0:40 / /s/box rw - tmpfs tmpfs rw
31 30 0:41 / /s/box/a\\040b rw - overlay overlay rw
32 27 0:42 / /s/box-2 rw - overlay overlay rw
33 31 0:43 / /s/box/a\\040b/proc rw - proc proc rw
`
  assert.equal(mountsUnder(info, '/s/box'), ['/s/box/a b/proc', '/s/box/a b', '/s/box'])
  assert.equal(mountsUnder(info, '/s/none'), [])
})

test.run()
