/**
 * npm run demo: three real hosts on this machine become a ZooKeeper ensemble, and are found in sync by a second run.
 * Everything goes through the commands that a user would type; they are shown.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import type { HostResult, RunEvent } from '../../src/index.ts'
import { available } from '../../src/sandbox/index.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLI = fileURLToPath(new URL('../../dist/src/cli/provision.cjs', import.meta.url))

const say = (text = ''): void => {
  process.stdout.write(`${text}\n`)
}

/** Shows a command and runs it. */
function shown(args: readonly string[], stdout: 'inherit' | 'pipe') {
  say()
  say(styleText('bold', `$ provision ${args.join(' ')}`.trimEnd(), { stream: process.stdout }))
  const ran = spawnSync(process.execPath, [CLI, ...args], { cwd: ROOT, stdio: ['inherit', stdout, 'inherit'], encoding: 'utf8' })
  if (ran.error !== undefined) throw ran.error
  return ran
}

/** A command on this terminal; gives its exit code. */
const provision = (...args: readonly string[]): number => shown(args, 'inherit').status ?? 1

/** The same for one whose events are data; gives its exit code and what they say of each host. */
function measured(...args: readonly string[]): { readonly code: number; readonly hosts: readonly HostResult[] } {
  const { status, stdout } = shown([...args, '--json'], 'pipe')
  const events = (stdout ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RunEvent)
  return { code: status ?? 1, hosts: events.flatMap((event) => (event.event === 'host' ? [event] : [])) }
}

function end(code: number, words: string): never {
  say()
  say(words)
  process.exit(code)
}

/** Debian packages without which no sandbox host boots, as `available` names them. */
const lacking = (why: string | undefined): readonly string[] => /apt-get install (.+)$/.exec(why ?? '')?.[1]?.split(' ') ?? []

/** Installs what is missing. Ends the demo where hosts cannot run on this machine. */
function prepare(): void {
  const packages = lacking(available())
  if (packages.length > 0) {
    say(`Installs on this machine, with apt-get: ${packages.join(' ')}`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const install = ['install', '-q', '-y', '--no-install-recommends', ...packages]
    const done = [['update', '-q'], install].every(
      (args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0,
    )
    if (done) say(`These stay; to remove them: apt-get purge ${packages.join(' ')}`)
  }
  const why = available()
  if (why !== undefined) end(1, `The demo cannot run here: ${why}.`)
}

if (process.argv.includes('--down')) {
  const code = provision('sandbox', 'down', '--purge')
  end(
    code,
    code === 0 ? 'The hosts, their network, images and cached packages are gone.' : 'Not all of it could be removed; the reason is above.',
  )
}

say('Three Debian 12 hosts, booted on this machine, become a ZooKeeper ensemble.')
prepare()
say('Leaves behind: the hosts, their network, and /var/lib/provision-sandbox (images, cached packages, disks: about 2 GB).')
say('To remove all of that: npm run demo -- --down')

if (provision('sandbox', 'up') !== 0) end(1, 'The hosts did not come up; the reason is above.')
provision('plan')
if (provision() !== 0) end(1, 'Not converged; the reason is above. The same command again goes on from there.')
if (provision('status') !== 0) end(1, 'The ensemble is not well; the reason is above.')
const second = measured()
for (const { host, outcome, ms, cost } of second.hosts) {
  say(
    `${host}  ${outcome === 'in-sync' ? 'in sync' : outcome}  ${cost.execs} exec${cost.execs === 1 ? '' : 's'}, ${cost.bytesUp} bytes up, ${cost.bytesDown} down, ${ms} ms`,
  )
}
if (second.code !== 0 || second.hosts.some((h) => h.outcome !== 'in-sync'))
  end(1, 'The second run did not find the hosts in sync; the reason is above.')
end(0, 'The hosts are still up. Change inventory.json and run provision plan, or look inside: provision sandbox ssh zk-1')
