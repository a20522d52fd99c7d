import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTransport } from '../../../src/transport/index.ts'
import type { Connection, TransportError } from '../../../src/transport/transport.ts'
import { keygen, openSsh, SSHD } from '../../support/sshd.ts'
import { testHome } from '../../support/test-home.ts'
import { cases, type Scene } from './openssh-cases.ts'

// One list of what people write into ~/.ssh/config, each tried with this program and with ssh itself: both get in, or
// this one says what it cannot follow.
const test = suite('transport/ssh/openssh-config')
const openssh = openSsh()
const { dir } = openssh
const at = (name: string): string => join(dir, name)
test.after(() => openssh.stop())

function prepare(): string {
  for (const name of ['key', 'other', 'authority', 'certified']) keygen('-t', 'ed25519', '-N', '', '-f', at(name))
  for (const type of ['rsa', 'ecdsa']) keygen('-t', type, '-N', '', '-f', at(`certified-${type}`))
  for (const name of ['certified', 'certified-rsa', 'certified-ecdsa'])
    keygen('-s', at('authority'), '-I', name, '-n', userInfo().username, '-V', '+1h', at(`${name}.pub`))
  return readFileSync(at('key.pub'), 'utf8')
}

/** Does ssh itself get in with this? */
function sshGetsIn({ home, env }: Scene): boolean {
  const config = join(home.path, '.ssh', 'config')
  const ended = spawnSync('ssh', ['-F', config, '-o', 'BatchMode=yes', 'db', 'true'], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  return ended.status === 0
}

const { username, shell } = userInfo()
if (!existsSync(SSHD)) console.log(`not run here: there is no ${SSHD}`)
else if (shell?.endsWith('/nologin')) console.log(`not run here: ${username} may not log in`)
else {
  const known = prepare()
  const host = await openssh.sshd(() => known, [`TrustedUserCAKeys ${at('authority.pub')}`])
  const full = await openssh.agent('full')
  openssh.add(full, at('other'))
  openssh.add(full, at('key'))
  openssh.add(await openssh.agent('certificates'), at('certified'))
  const bare = await openssh.agent('bare')
  copyFileSync(at('certified'), at('bare-key'))
  chmodSync(at('bare-key'), 0o600)
  openssh.add(bare, at('bare-key'))

  for (const each of cases) {
    test(each.name, async () => {
      const home = testHome()
      rmSync(join(home.path, '.ssh', 'id_ed25519'))
      const scene: Scene = {
        dir,
        host,
        home,
        full,
        env: { KEYS: join(home.path, '.ssh'), FULL: full, SSH_AUTH_SOCK: undefined },
      }
      try {
        each.files?.(scene)
        writeFileSync(
          home.knownHosts,
          `${each.known?.(scene) ?? `[127.0.0.1]:${host.port} ${host.hostKey('ed25519')}`}\n`,
        )
        // Said in each case, because ssh itself looks into the home of the account, whatever HOME says.
        home.file('config', `${each.config(scene)}Host *\n  UserKnownHostsFile ${home.knownHosts}\n`)
        const env = { PATH: process.env.PATH, ...scene.env }
        const made: Connection | TransportError = await createTransport({ home: home.path, env })
          .connect({ name: 'db', address: 'db', ssh: { retries: 0, connectTimeout: 60 } })
          .catch((error: TransportError) => error)
        if (each.refused) assert.match((made as Error).message, each.refused)
        else if (made instanceof Error) throw made
        else await made.close()
        if (each.known?.(scene) === '') writeFileSync(home.knownHosts, '')
        assert.ok(sshGetsIn(scene), 'ssh itself gets in, or this case proves nothing')
      } finally {
        home.remove()
      }
    })
  }
}

test.run()
