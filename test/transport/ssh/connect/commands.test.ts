// A ProxyCommand that ends, at any time before the login is done, is told with its own words.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closesAll, failed, newHome } from './ground.ts'

const test = suite('ssh: a ProxyCommand that fails')
closesAll(test)

const told = (how: string, words: string) =>
  `the ProxyCommand to 192.0.2.1:22 ${how} before the login was done, and said ${words}`

for (const [command, message] of [
  ['sh -c "exit 3"', told('ended with code 3', 'nothing')],
  ['true', told('ended with code 0', 'nothing')],
  ['no-such-program %h', told('ended with code 127', '/bin/sh: 1: exec: no-such-program: not found')],
  ['sh -c "echo locked >&2; exit 1"', told('ended with code 1', 'locked')],
  ['sh -c "sleep .7; echo late >&2; exit 1"', told('ended with code 1', 'late')],
  ['sh -c "exec <&-; sleep .3; echo closed >&2; exit 1"', told('ended with code 1', 'closed')],
  ['sh -c "exec >&-; sleep .3; echo mute >&2; exit 1"', told('ended with code 1', 'mute')],
  ['sh -c "echo SSH-2.0-x; sleep .3; echo greeted >&2; exit 1"', told('ended with code 1', 'greeted')],
  ['sh -c "kill -9 \\$\\$"', told('was ended by SIGKILL', 'nothing')],
] as const)
  test(command, async () => {
    const home = newHome()
    home.file('config', `Host db\n  HostName 192.0.2.1\n  ProxyCommand ${command}\n`)
    const target = { name: 'h', address: 'db', ssh: { hostKeyCheck: 'accept-new', retries: 0 } as const }
    const { failure, message: said } = await failed(target, { home: home.path, env: { SHELL: '/bin/sh' } })
    assert.equal([failure, said], ['proxy', message])
  })

test('a shell that is not there', async () => {
  const home = newHome()
  home.file('config', 'Host db\n  HostName 192.0.2.1\n  ProxyCommand true\n')
  const target = { name: 'h', address: 'db', ssh: { retries: 0 } }
  const { failure, message } = await failed(target, { home: home.path, env: { SHELL: '/no/sh' } })
  assert.is(failure, 'proxy')
  assert.match(message, 'could not be started: there is no such program')
})

test.run()
