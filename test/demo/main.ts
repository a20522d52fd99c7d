/**
 * npm run demo: five bare hosts on this machine become the whole cluster, a Rails app is deployed to it, and a second
 * run finds all in sync. Everything goes through the commands that a user would type; they are shown. Ends with another
 * code than 0 where any of it does not hold.
 *
 *     npm run demo -- --serve    serves what bare hosts fetch, until ^C
 *     npm run demo -- --down     removes everything but the parts, which take long to make again; --parts: them too
 *     npm run demo -- --release 13   on hosts with Debian 13 instead of 12
 *     npm run demo -- --mesos FILE.deb --marathon IMAGE.tar     with packages of your own in place of the stand-ins
 */
import { existsSync, rmdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { select } from '../../src/inventory/select.ts'
import { loadInventory } from '../../src/project/load.ts'
import { duration } from '../../src/report/index.ts'
import { gateway, netOf } from '../../src/sandbox/network/network.ts'
import { type Release, stateDir } from '../../src/sandbox/state.ts'
import type { Artifacts } from '../support/artifacts.ts'
import { GIVEN } from '../support/parts/given.ts'
import { lastLine, PROGRAM, provision, ROOT, stopped, unlessStopped } from './command.ts'
import { APP_JSON, IMAGE, offer, PARTS_JSON, removeFiles } from './files.ts'
import { howLong, makeHostsAndParts, prepare, whatIsMissing } from './prepare.ts'
import { DemoEnd, paragraph, say } from './say.ts'
import { showInSync, showLocal } from './show.ts'

const PARTS_FOLDER = join(stateDir(), 'parts')
const VARS = ['-e', `@${PARTS_JSON}`]

/** @throws DemoEnd where a command did not end as it should */
const must = (good: boolean, words: string): void => {
  if (!good) throw new DemoEnd(words)
}

async function down(parts: boolean): Promise<void> {
  must((await provision('sandbox', 'down', '--purge')) === 0, 'Not all of it could be removed; the reason is above.')
  removeFiles()
  if (parts) rmSync(PARTS_FOLDER, { recursive: true, force: true })
  try {
    rmdirSync(stateDir())
  } catch {} // it held something that is not ours
  say('The hosts, their network, images and cached packages are gone.')
  if (existsSync(PARTS_FOLDER))
    say(`What was built for them stays in ${PARTS_FOLDER}. To remove that, too: npm run demo -- --down --parts`)
}

/** What is a stand-in: by whether a package of Mesos is given, and an image of Marathon. */
const STANDINS: Readonly<Record<string, string>> = {
  'false-false': 'Mesos and Marathon are stand-ins here, which no package registry has; all else is real.',
  'true-false':
    'Mesos comes from your package. Marathon is a stand-in here, which no package registry has; all else is real.',
  'false-true':
    'Marathon comes from your image. Mesos is a stand-in here, which no package registry has; all else is real.',
  'true-true': 'Mesos and Marathon come from your package and your image: all of it is real.',
}

const HELLO = (folder: string, release: string): readonly string[] => [
  `Five bare Debian ${release} hosts, booted on this machine, become a cluster of ZooKeeper, Mesos, Marathon, Consul, Docker and HAProxy, and a Rails app is deployed to it.`,
  STANDINS[`${GIVEN.mesos in process.env}-${GIVEN.marathon in process.env}`] as string,
  `Leaves behind the hosts, their network, demo/, and ${folder}: images, parts, packages and disks, about 4 GB. To remove all of that: npm run demo -- --down --parts`,
]

/** What the reader can do next: commands, and what they show. */
const next = (): readonly (readonly [string, string])[] => [
  [`scale /rails-app 2`, 'one task less'],
  [`deploy ${APP_JSON}`, 'set another VERSION in it first'],
  [`plan ${VARS.join(' ')}`, 'change inventory.json first'],
  ['sandbox kill slave-2', 'a power cut; boot brings it back'],
  ['sandbox ssh slave-1', 'look inside'],
]

/** The cluster of inventory.json: its slaves, and this machine's address in its network. */
async function places() {
  const cluster = await loadInventory('inventory.json', { folder: ROOT, secrets: () => 'not read' })
  const net = netOf(cluster.hosts[0]?.address ?? '')
  if (net === undefined)
    throw new DemoEnd("The hosts of inventory.json are no sandbox's: their addresses must lie in one 10.77.N.0/24.")
  return { slaves: select(cluster, { roles: ['mesos-slave'] }), address: gateway(net) }
}

async function serving(address: string): Promise<void> {
  say()
  say(`What bare hosts fetch is served at ${address} until ^C. In another terminal:`)
  say(`  ${PROGRAM} apply ${VARS.join(' ')}`)
  const awake = setInterval(() => {}, 60_000) // the server itself keeps no process alive
  await stopped
  clearInterval(awake)
  unlessStopped()
}

async function demo(slaves: Parameters<typeof showLocal>[0]): Promise<void> {
  const code = await lastLine('plan', ...VARS)
  must(code === 0 || code === 2, 'There is no plan; the reason is above.')
  must(
    (await provision('apply', ...VARS)) === 0,
    'Not converged; the reason is above. The same command again goes on from there.',
  )
  must((await provision('deploy', '--image', IMAGE, APP_JSON)) === 0, 'The app is not live; the reason is above.')
  must((await provision('status')) === 0, 'Not every component is well; the reason is above.')
  await showLocal(slaves)
  await showInSync()
}

/** What was typed. Files are named from where that was. @throws DemoEnd */
function options(words: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  const word = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { serve: flag, down: flag, parts: flag, mesos: word, marathon: word, release: word },
    })
    if (values.release !== undefined && !/^1[23]$/.test(values.release))
      throw new Error(`--release is 12 or 13, not ${values.release}`)
    for (const name of ['mesos', 'marathon'] as const)
      if (values[name] !== undefined) process.env[GIVEN[name]] = resolve(process.env.INIT_CWD ?? '.', values[name])
    return { ...values, release: values.release as Release | undefined }
  } catch (error) {
    throw new DemoEnd((error as Error).message)
  }
}

async function main(words: readonly string[]): Promise<void> {
  const { down: removes, parts, serve, release } = options(words)
  if (parts && !removes) throw new DemoEnd('--parts goes with --down: npm run demo -- --down --parts')
  if (removes) return down(parts)
  const began = performance.now()
  if (!serve) for (const text of HELLO(stateDir(), release ?? '12')) paragraph(text)
  await prepare()
  const missing = await whatIsMissing(release)
  if (!serve) paragraph(howLong(missing))
  await makeHostsAndParts(missing, release)
  const { slaves, address } = await places()
  let artifacts: Artifacts | undefined
  try {
    artifacts = await offer(address)
    unlessStopped()
    if (serve) return await serving(address)
    await demo(slaves)
  } finally {
    await artifacts?.close()
  }
  say()
  say(`All of it in ${duration(performance.now() - began)}. The hosts are still up. What to try:`)
  for (const [command, why] of next()) say(`  ${`${PROGRAM} ${command}`.padEnd(PROGRAM.length + 29)}  ${why}`)
  paragraph('A host that is reset fetches its parts again; npm run demo -- --serve serves them.')
}

main(process.argv.slice(2)).catch((error: Error) => {
  say()
  say(error instanceof DemoEnd ? error.message : `${error.stack}`)
  process.exitCode = error instanceof DemoEnd ? error.code : 1
})
