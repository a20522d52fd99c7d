/**
 * Files with which a mistake makes a host unusable are tried out by the program that reads them, whichever type writes
 * them and though no recipe asks for it.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Resource } from '../../src/model/resource.ts'
import { block } from '../../src/resources/edits/block.ts'
import { line } from '../../src/resources/edits/line.ts'
import { file } from '../../src/resources/files/file.ts'
import { withHosts } from '../support/hosts.ts'
import { failure, onHost } from '../support/on-host.ts'

const test = suite('files that are tried out by who reads them')
const NAMES = ['twelve', 'thirteen']
const { host } = await withHosts(test, import.meta.url, [{ name: 'twelve' }, { name: 'thirteen', release: '13' }])

const SSHD = '/etc/ssh/sshd_config'
const APT = '/etc/apt/sources.list.d'
const REPOSITORY = 'Types: deb\nURIs: http://repository.invalid/\nSuites: a\nComponents: main\n'

/** Who refuses it, and where it would have been. */
const refused: readonly (readonly [reader: string, path: string, resource: Resource])[] = [
  ['visudo', '/etc/sudoers.d/ops', file('/etc/sudoers.d/ops', { content: 'ops ALL=(ALL\n', mode: '0440' })],
  ['visudo', '/etc/sudoers', line('ops', { path: '/etc/sudoers', line: 'ops ALL' })],
  ['sshd', `${SSHD}.d/ops.conf`, file(`${SSHD}.d/ops.conf`, { content: 'PermitRootLogins no\n' })],
  ['sshd', SSHD, line('root', { path: SSHD, line: 'PermitRootLogin perhaps', match: '^#?PermitRootLogin ' })],
  ['sshd', SSHD, block('ops', { path: SSHD, content: 'MaxSessions many\n' })],
  ['apt-get', `${APT}/ops.list`, file(`${APT}/ops.list`, { content: 'http://repository.invalid a main\n' })],
  ['apt-get', `${APT}/ops.sources`, file(`${APT}/ops.sources`, { content: REPOSITORY.replace('Types', 'Typos') })],
  ['apt-config', '/etc/apt/apt.conf.d/99ops', file('/etc/apt/apt.conf.d/99ops', { content: '{ "0"; };\n' })],
]
const taken: readonly Resource[] = [
  file('/etc/sudoers.d/ops', { content: 'ubuntu ALL=(ALL) NOPASSWD: ALL\n', mode: '0440' }),
  file('/etc/sudoers.d/not.read', { content: 'sudo leaves out names with a dot\n' }),
  file(`${SSHD}.d/ops.conf`, { content: 'MaxAuthTries 5\nMatch User ops\n  X11Forwarding no\n' }),
  file(`${SSHD}.d/ops.txt`, { content: 'not read by sshd\n' }),
  file(`${APT}/ops.sources`, { content: REPOSITORY }),
  file(`${APT}/ops.list`, { content: '' }),
  file('/etc/apt/apt.conf.d/99ops', { content: 'APT::Install-Recommends "0";\n' }),
  file('/etc/sudoers.d/meant', { content: 'a dot\n', validate: ['true'] }),
]

for (const name of NAMES) {
  test(`${name}: a mistake is refused, and the file is as it was`, async () => {
    const sum = `cat ${['/etc/sudoers', SSHD, `${APT}/*`, '/etc/apt/apt.conf.d/*'].join(' ')} | sha256sum; ls -A /etc/sudoers.d ${SSHD}.d`
    const before = await host(name).sh(sum)
    for (const [reader, path, resource] of refused) {
      const said = await failure(onHost(host(name)).converge(resource))
      assert.match(said, `${path}: ${reader} refused the new content; the file is as it was`)
    }
    assert.is((await host(name).sh(sum)).stdout, before.stdout)
    assert.is((await host(name).sh('ls /run/provision/new')).stdout, '')
  })

  test(`${name}: what its reader takes, and what nobody reads, is written`, async () => {
    for (const resource of taken) await onHost(host(name)).converge(resource)
    const { code, stderr } = await host(name).sh(
      'rm /etc/sudoers.d/meant; visudo -cq && sshd -t && apt-get indextargets >/dev/null',
    )
    assert.is(code, 0, stderr)
  })

  test(`${name}: a host whose sshd has neither run nor got its keys yet`, async () => {
    await host(name).sh('mkdir /srv/away && mv /etc/ssh/ssh_host_* /srv/away && mv /run/sshd /srv/sshd')
    await onHost(host(name)).converge(file(`${SSHD}.d/ops.conf`, { content: 'MaxAuthTries 4\n' }))
    const { code } = await host(name).sh('mv /srv/away/* /etc/ssh && rm -rf /srv/away /srv/sshd && sshd -t')
    assert.is(code, 0)
  })
}

test.run()
