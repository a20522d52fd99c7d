import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installMissing } from './machine.ts'

const test = suite('what the tests need of a machine')

const cases: readonly [
  what: string,
  lacks: readonly string[],
  takesPackages: boolean,
  aptWorks: boolean,
  ran: readonly string[],
  said: readonly string[],
][] = [
  ['nothing is missing', [], true, true, [], []],
  [
    'root on Debian without a daemon',
    ['sshd'],
    true,
    true,
    ['update', 'install --no-install-recommends openssh-server'],
    ['Installs on this machine, with apt-get: openssh-server', 'These stay; to remove them: apt-get purge openssh-server'],
  ],
  [
    'two commands of one package',
    ['ssh', 'ssh-keygen', 'nft'],
    true,
    true,
    ['update', 'install --no-install-recommends nftables openssh-client'],
    [
      'Installs on this machine, with apt-get: nftables openssh-client',
      'These stay; to remove them: apt-get purge nftables openssh-client',
    ],
  ],
  ['not root, or not Debian', ['sshd', 'nft'], false, true, [], []],
  [
    'no mirror answers',
    ['tmux'],
    true,
    false,
    ['update'],
    ['Installs on this machine, with apt-get: tmux', 'apt-get failed: suites that need these are not run.'],
  ],
]
for (const [what, lacks, takesPackages, aptWorks, ran, said] of cases) {
  test(what, () => {
    const ranNow: string[] = []
    const saidNow: string[] = []
    const apt = (...args: readonly string[]): boolean => {
      ranNow.push(args.join(' '))
      return aptWorks
    }
    installMissing({ has: (command) => !lacks.includes(command), takesPackages, apt }, (text) => saidNow.push(text))
    assert.equal([ranNow, saidNow], [ran, said])
  })
}

test.run()
