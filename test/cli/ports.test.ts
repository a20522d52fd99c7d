/** `provision hosts`: where hosts are reached, and `--ports`: what listens there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from '../../src/cli/cli.ts'
import { SOURCES } from '../recipes/support.ts'

const test = suite('cli: hosts and their ports')
const folder = mkdtempSync(join(tmpdir(), 'provision-ports-'))
test.after(() => rmSync(folder, { recursive: true }))

const HOSTS = {
  'm-1': { address: '10.0.0.11', roles: ['mesos-master'], vars: { zookeeper: { id: 1 } } },
  's-1': { address: '10.0.0.21', roles: ['mesos-slave'], ssh: { port: 2222 } },
  's-2': { address: 'fd00::22', privateAddress: '10.0.0.22', roles: ['mesos-slave'], ssh: { port: 2222 } },
}

async function hosts(vars: object, ...argv: readonly string[]): Promise<{ code: number; said: string }> {
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify({ vars: { ...SOURCES, ...vars }, hosts: HOSTS }))
  let said = ''
  const write = (text: string): void => {
    said += text
  }
  const io = { stdout: { write }, stderr: { write }, env: { LANG: 'C.UTF-8' }, cwd: folder }
  return { code: await cli(['hosts', ...argv], io), said }
}
const lines = (said: string): readonly string[] =>
  said
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ {2,}/g, ' | ').trimEnd())

test('a port of sshd that is not the usual one is shown', async () => {
  assert.equal(lines((await hosts({})).said), [
    'host | address | roles',
    'm-1 | 10.0.0.11 | mesos-master',
    's-1 | 10.0.0.21:2222 | mesos-slave',
    's-2 | [fd00::22]:2222 (10.0.0.22) | mesos-slave',
  ])
})

test('--ports: who listens where, by what the inventory says', async () => {
  const { code, said } = await hosts({ haproxy: { tcpPorts: [5432], metricsPort: 9101 } }, '--ports')
  assert.is(code, 0)
  const shown = lines(said)
  assert.is(shown[0], 'host | port | address | component | variable')
  for (const line of [
    'm-1 | 22 | all | sshd',
    'm-1 | 2181 | all | zookeeper',
    'm-1 | 8301/udp | 10.0.0.11 | consul',
    's-1 | 80 | 0.0.0.0 | haproxy',
    's-1 | 5432 | 0.0.0.0 | haproxy | vars.haproxy.tcpPorts[0]',
    's-1 | 8500 | this host only | consul | vars.consul.ports.http',
    's-1 | 9101 | 10.0.0.21 | haproxy | vars.haproxy.metricsPort',
    's-1 | 31000-32000 | all | mesos-agent',
  ])
    assert.ok(shown.includes(line), `${line} is not in\n${shown.join('\n')}`)
  assert.not.ok(
    shown.some((line) => line.startsWith('s-1 | 22 ')),
    'its port may be that of a router in between',
  )
})

test('--ports --json: for programs, and of the hosts that are chosen', async () => {
  const { said } = await hosts({}, '--ports', '--json', '--host', 'm-1')
  const found = said
    .trimEnd()
    .split('\n')
    .map((line): { host: string; port: number; recipe: string } => JSON.parse(line))
  assert.equal([...new Set(found.map(({ host }) => host))], ['m-1'])
  assert.ok(found.some(({ port, recipe }) => port === 5050 && recipe === 'mesos-master'))
  const ports = found.map(({ port }) => port)
  assert.equal(
    ports,
    ports.toSorted((a, b) => a - b),
  )
})

test('a wrong variable is a mistake, as everywhere', async () => {
  const { code, said } = await hosts({ haproxy: { metricsPort: 'x' } }, '--ports')
  assert.is(code, 3)
  assert.match(said, /metricsPort +must be a number/)
})

test.run()
