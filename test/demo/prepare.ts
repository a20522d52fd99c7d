import { spawnSync } from 'node:child_process'
import { available } from '../../src/sandbox/index.ts'
import { isGiven } from '../support/parts/given.ts'
import { missingPart, PARTS, part } from '../support/parts.ts'
import { unlessStopped } from './command.ts'
import { DemoEnd, say } from './say.ts'

/** Debian packages without which no sandbox host boots, as `available` names them. */
const lacking = (why: string | undefined): readonly string[] => /apt-get install (.+)$/.exec(why ?? '')?.[1]?.split(' ') ?? []

function install(packages: readonly string[]): void {
  say(`Installs on this machine, with apt-get: ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const words = ['install', '-q', '-y', '--no-install-recommends', ...packages]
  const done = [['update', '-q'], words].every(
    (args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0,
  )
  if (done) say(`These stay; to remove them: apt-get purge ${packages.join(' ')}`)
}

/** Installs what is missing, and makes the parts of the cluster that no Debian package brings. @throws DemoEnd where this machine cannot. */
export async function prepare(): Promise<void> {
  const packages = lacking(available())
  if (packages.length > 0) install(packages)
  process.env.PATH += ':/usr/local/go/bin' // where Go's own installer puts it, and sudo does not look
  const why = available() ?? PARTS.map(missingPart).find((text) => text !== undefined)
  if (why !== undefined) throw new DemoEnd(`The demo cannot run here: ${why}.`)
  for (const name of PARTS) {
    unlessStopped()
    await part(name).catch((error) => {
      unlessStopped() // ^C ends what it started as well
      throw isGiven(name) ? new DemoEnd((error as Error).message) : error
    })
  }
}
