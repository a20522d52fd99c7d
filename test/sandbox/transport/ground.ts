import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SandboxHost } from '../../../src/sandbox/index.ts'
import type { Script } from '../../../src/shell/script.ts'
import { createTransport, type TransportOptions } from '../../../src/transport/index.ts'
import type { Connection, ExecEnd, SshSettings, Target, TransportError } from '../../../src/transport/transport.ts'
import { withHosts } from '../../support/hosts.ts'

export const test = suite('sandbox/transport')
export const { box, host } = await withHosts(test, new URL('../transport.test.ts', import.meta.url).href, [
  { name: 'a', layer: 'tools-12' },
  { name: 'b', layer: 'tools-13' },
])

export const PASSWORD = "it's $ecret"
export const SHELLS = ['dash', 'bash', 'zsh', 'fish', 'tcsh']
/** Users beside `admin`: their login shell, and what sudoers says of them. */
const USERS: readonly (readonly [name: string, shell: string, sudoers: string])[] = [
  ...SHELLS.map((shell) => [`u-${shell}`, `/bin/${shell}`, `u-${shell} ALL=(ALL) NOPASSWD: ALL`] as const),
  ['pw', '/bin/bash', 'pw ALL=(ALL) ALL'],
  ['none', '/bin/bash', ''],
  ['limited', '/bin/bash', 'limited ALL=(ALL) NOPASSWD: /usr/bin/true'],
  ['wantstty', '/bin/bash', 'Defaults:wantstty requiretty\nwantstty ALL=(ALL) NOPASSWD: ALL'],
  ['logged', '/bin/bash', 'Defaults:logged log_input, log_output, use_pty\nlogged ALL=(ALL) NOPASSWD: ALL'],
  ['gone', '/usr/sbin/nologin', ''],
  ['noshell', '/bin/nosuchshell', ''],
  ['forced', '/bin/bash', ''],
  ['notunnel', '/bin/bash', 'notunnel ALL=(ALL) NOPASSWD: ALL'],
  ['noisy', '/bin/bash', 'noisy ALL=(ALL) NOPASSWD: ALL'],
  ['greedy', '/bin/bash', 'greedy ALL=(ALL) NOPASSWD: ALL'],
  ['reader', '/bin/bash', 'reader ALL=(ALL) NOPASSWD: ALL'],
  ['full', '/bin/bash', 'full ALL=(ALL) NOPASSWD: ALL'],
]

async function prepare(to: SandboxHost): Promise<void> {
  const users = USERS.map(
    ([name, shell]) =>
      `useradd -m -s '${shell}' ${name}; install -d -o ${name} -g ${name} /home/${name}/.ssh; install -o ${name} -g ${name} -m 600 /home/admin/.ssh/authorized_keys /home/${name}/.ssh/`,
  )
  const ended = await to.sh(
    `set -e
    ${users.join('\n')}
    printf '%s:%s\\n' pw '${PASSWORD.replaceAll("'", "'\\''")}' none '${PASSWORD.replaceAll("'", "'\\''")}' | chpasswd
    cat >/etc/sudoers.d/transport
    chmod 440 /etc/sudoers.d/transport; visudo -c
    printf 'echo "Welcome, $USER"; printf "no line feed"; echo "stdin: is not a tty" >&2\\n' >/home/noisy/.bashrc
    printf 'cat >/dev/null\\n' >/home/greedy/.bashrc
    printf 'read -r line\\n' >/home/reader/.bashrc
    printf 'session [success=1 default=ignore] pam_succeed_if.so quiet user != full\\nsession required pam_exec.so quiet /usr/bin/test ! -e /run/full\\n' >>/etc/pam.d/sshd
    printf 'Match User forced\\n  ForceCommand echo only git here\\nMatch User notunnel\\n  AllowTcpForwarding no\\n' >/etc/ssh/sshd_config.d/transport.conf
    systemctl restart ssh # a reload returns before sshd has closed its port and opened it again`,
    USERS.map(([, , sudoers]) => `${sudoers}\n`).join(''),
  )
  if (ended.code !== 0) console.log(ended.stdout, ended.stderr) // uvu does not show why a hook failed
  assert.is(ended.code, 0)
}
test.before(async () => {
  await Promise.all(['a', 'b'].map((name) => prepare(host(name))))
})

export const target = (name: string, ssh: SshSettings): Target => {
  const { address, identityFile, hostKey } = host(name)
  return { name, address, ssh: { identityFile, hostKey, retries: 0, connectTimeout: 60, ...ssh } }
}
export const options: TransportOptions = { home: '/proc/nowhere', env: {} }
export const run = async (connection: Connection, script: Script): Promise<ExecEnd & { stdout: string }> => {
  const exec = connection.exec(script)
  let stdout = ''
  for await (const chunk of exec.stdout) stdout += String(chunk)
  return { stdout, ...(await exec.done) }
}
/** Connects, runs, closes. */
export const once = async (
  to: Target,
  script: Script,
  more: TransportOptions = {},
): Promise<ExecEnd & { stdout: string }> => {
  const connection = await createTransport({ ...options, ...more }).connect(to)
  try {
    return await run(connection, script)
  } finally {
    await connection.close()
  }
}
export const failure = (promise: Promise<unknown>): Promise<TransportError> =>
  promise.then(
    (value) => {
      throw new Error(`it should have failed, but: ${JSON.stringify(value)}`)
    },
    (error) => error,
  )
