import { delimiter } from 'node:path'
import { available } from '../../src/sandbox/index.ts'
import { FOR_HOSTS, installGo, installPackages, PLACES, thisMachine } from '../support/machine.ts'
import { isGiven } from '../support/parts/given.ts'
import { missingPart, PARTS, part } from '../support/parts.ts'
import { unlessStopped } from './command.ts'
import { DemoEnd, say } from './say.ts'

/**
 * Installs what is missing, and makes the parts of the cluster that no Debian package brings. @throws DemoEnd where
 * this machine cannot.
 */
export async function prepare(): Promise<void> {
  process.env.PATH = PLACES.join(delimiter)
  installPackages(thisMachine, FOR_HOSTS, say)
  installGo(thisMachine, say)
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
