import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstOf } from '../clients/first-of.ts'
import type { MarathonApp } from '../clients/marathon-answers.ts'
import { MarathonAwayError } from '../clients/marathon-asker.ts'
import { type MarathonMember, marathonMember } from '../clients/marathon-member.ts'
import { marathonCredentials, marathonDial, marathonOf } from '../clients/settings/marathon.ts'
import { isObject, object, text } from '../lib/json.ts'
import { message, sentence } from '../lib/message.ts'
import { count } from '../lib/units.ts'
import { timeLimit } from '../lib/wait/time-limit.ts'
import type { InventoryHost } from '../model/host.ts'
import type { Cluster } from '../model/recipe.ts'
import type { Links } from './links.ts'
import { BackupError, definitionFile, type MarathonPart, UnreachableError } from './manifest.ts'

/** All hosts that run Marathon. */
export const marathonsOf = (cluster: Cluster): readonly InventoryHost[] => cluster.withRecipe('marathon')

/** The path of Marathon's state in ZooKeeper. */
export const zkPathOf = (cluster: Cluster): string =>
  text(marathonsOf(cluster)[0]?.vars.marathon?.zkPath) || '/marathon'

/** What the leading Marathon says about itself; nothing if none leads, or it has not registered yet. */
export async function frameworkOf(
  cluster: Cluster,
  { reach }: Links,
): Promise<Pick<MarathonMember, 'version' | 'frameworkId'>> {
  const found = await firstOf(marathonsOf(cluster), async (host) => {
    const asked = marathonMember(marathonDial(host, reach), marathonCredentials(cluster))
    const member = await asked.catch(() => undefined)
    return member?.frameworkId === undefined ? undefined : member
  })
  return found ?? {}
}

/** A definition as a person would write it: without the empty values that Marathon adds. */
const plain = (definition: object): object =>
  Object.fromEntries(
    Object.entries(definition).filter(
      ([, value]) =>
        !(Array.isArray(value) && value.length === 0) && !(isObject(value) && Object.keys(value).length === 0),
    ),
  )

/** Names of variables that hold secrets. */
const SECRET = /pass|secret|token|credential|private|(^|_)key|_key($|_)|dsn|_url$/i

const secretsOf = ({ id, definition }: MarathonApp): readonly string[] =>
  Object.entries(object(definition.env)).flatMap(([name, value]) =>
    typeof value === 'string' && SECRET.test(name) ? [`${name} of ${id}`] : [],
  )

/** Saves the definitions of all apps, one file each. @throws BackupError */
export async function saveMarathon(
  cluster: Cluster,
  folder: string,
  links: Links,
): Promise<MarathonPart & { readonly secrets: readonly string[] }> {
  let apps: readonly MarathonApp[]
  try {
    apps = await marathonOf(cluster, links.reach).apps()
  } catch (error) {
    const away = error instanceof MarathonAwayError && error.cause instanceof AggregateError ? error.cause.errors : []
    if (away.length > 0 && away.every((each) => each instanceof UnreachableError)) throw away[0]
    throw new BackupError(`Marathon cannot be asked for its apps: ${sentence(message(error))}`, { cause: error })
  }
  for (const { id, definition } of apps) {
    const file = join(folder, definitionFile(id))
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, `${JSON.stringify(plain(definition), undefined, 2)}\n`, { mode: 0o600 })
  }
  const { version, frameworkId } = await frameworkOf(cluster, links)
  return {
    ...(version === undefined ? {} : { version }),
    ...(frameworkId === undefined ? {} : { frameworkId }),
    zkPath: zkPathOf(cluster),
    apps: apps.map(({ id }) => id).sort(),
    secrets: apps.flatMap(secretsOf),
  }
}

/** How many milliseconds Marathon may take to lead and to register. */
const PATIENCE = 180_000

/**
 * Waits until Marathon leads with its old framework id, and has as many apps as before. @throws BackupError if it does
 * not
 */
export async function marathonIsBack(cluster: Cluster, was: MarathonPart, links: Links): Promise<string> {
  let is: Awaited<ReturnType<typeof frameworkOf>> = {}
  let apps = 0
  for (const isLast = timeLimit(PATIENCE); ; await sleep(1000)) {
    const last = isLast()
    is = await frameworkOf(cluster, links)
    apps = await marathonOf(cluster, links.reach)
      .apps()
      .then(
        (all) => all.length,
        () => 0,
      )
    const same = was.frameworkId === undefined || is.frameworkId === was.frameworkId
    if (same && apps === was.apps.length)
      return `${count(apps, 'app')}, framework ${is.frameworkId ?? 'not registered'}`
    if (last)
      throw new BackupError(
        `Marathon has ${count(apps, 'app')} as the framework ${is.frameworkId ?? 'of no id'}; the backup has ${was.apps.length} of ${was.frameworkId ?? 'no id'}.`,
      )
  }
}
