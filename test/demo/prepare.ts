import { delimiter } from 'node:path'
import { available } from '../../src/sandbox/index.ts'
import { FOR_HOSTS, installGo, installPackages, PLACES, thisMachine } from '../support/machine.ts'
import { isGiven } from '../support/parts/given.ts'
import { missingPart, PARTS, part, unmade } from '../support/parts.ts'
import { unlessStopped } from './command.ts'
import { DemoEnd, paragraph, say } from './say.ts'

/** Seconds from bare hosts to the end, on two cores. */
const DEMO = 120

/** How long all of it takes on this machine, as far as that can be known before. */
export function howLong({ names, seconds }: { readonly names: readonly string[]; readonly seconds: number }): string {
  const minutes = (time: number): string => `${Math.ceil(time / 60)} minutes`
  if (names.length === 0) return `It takes about ${minutes(DEMO)} on two cores.`
  return `It takes about ${minutes(seconds + DEMO)} on two cores, because ${names.join(', ')} must be made first; the next time ${minutes(DEMO)}.`
}

/**
 * Installs what is missing, and makes the parts of the cluster that no Debian package brings. @throws DemoEnd where
 * this machine cannot.
 */
export async function prepare(serve: boolean): Promise<void> {
  process.env.PATH = PLACES.join(delimiter)
  installPackages(thisMachine, FOR_HOSTS, say)
  installGo(thisMachine, say)
  const why = available() ?? PARTS.map(missingPart).find((text) => text !== undefined)
  if (why !== undefined) throw new DemoEnd(`The demo cannot run here: ${why}.`)
  if (!serve) paragraph(howLong(await unmade()))
  for (const name of PARTS) {
    unlessStopped()
    await part(name).catch((error) => {
      unlessStopped() // ^C ends what it started as well
      throw isGiven(name) ? new DemoEnd((error as Error).message) : error
    })
  }
}
