import { delimiter } from 'node:path'
import { hasImage } from '../../src/sandbox/image/image.ts'
import { available } from '../../src/sandbox/index.ts'
import { type Release, stateDir } from '../../src/sandbox/state.ts'
import { FOR_HOSTS, installGo, installPackages, PLACES, thisMachine } from '../support/machine.ts'
import { isGiven } from '../support/parts/given.ts'
import { missingPart, PARTS, type PartName, part, type Unmade, unmade } from '../support/parts.ts'
import { aside, provision, show, unlessStopped } from './command.ts'
import { DemoEnd, paragraph, say } from './say.ts'
import { sideBySide, type Work } from './side-by-side.ts'

/** Seconds from hosts that are up to the end, on two cores. */
const DEMO = 120

/** What must be made before the demo can begin: the image of the hosts, and parts of the cluster. */
export interface Missing {
  readonly image?: string
  readonly parts: readonly Unmade[]
}

const minutes = (time: number): string => `${Math.ceil(time / 60)} minutes`

/** How long all of it takes on this machine, as far as that can be known before. */
export function howLong({ image, parts }: Missing): string {
  const names = [...(image === undefined ? [] : [image]), ...parts.map(({ name }) => name)]
  if (names.length === 0) return `It takes about ${minutes(DEMO)} on two cores.`
  // A build of Consul keeps both cores busy, and most of the time of all others is work for one of them.
  const seconds = [...parts.map((each) => each.seconds), ...(image === undefined ? [] : [40])]
  const longest = Math.max(...seconds)
  const others = seconds.reduce((sum, each) => sum + each, 0) - longest
  return `It takes about ${minutes(DEMO + longest + others / 2)} on two cores, because ${names.join(', ')} must be made first; the next time ${minutes(DEMO)}.`
}

/** Installs what is missing. @throws DemoEnd where this machine cannot run the demo */
export async function prepare(): Promise<void> {
  process.env.PATH = PLACES.join(delimiter)
  installPackages(thisMachine, FOR_HOSTS, say)
  await installGo(thisMachine, say)
  const why = available() ?? PARTS.map(missingPart).find((text) => text !== undefined)
  if (why !== undefined) throw new DemoEnd(`The demo cannot run here: ${why}.`)
}

/** What this machine does not have yet. */
export async function whatIsMissing(release: Release = '12'): Promise<Missing> {
  return { parts: await unmade(), ...(!hasImage(stateDir(), release) && { image: `Debian ${release}` }) }
}

/** What is shown of a part while it is made: its name, and what is done. */
const SHOWN: Readonly<Record<PartName, readonly [name: string, what: string]>> = {
  consul: ['Consul', 'is built from its Go modules'],
  'consul-template': ['consul-template', 'is built from its Go modules'],
  mesos: ['stand-ins for Mesos', 'are packed'],
  marathon: ['stand-in for Marathon', 'is packed into an image'],
  rails: ['Rails app', 'is packed into an image'],
}
/** These are made of Debian's packages, whose cache ends with the last sandbox: they need one that is up. */
const ON_HOSTS: readonly PartName[] = ['marathon', 'rails']

/** @throws DemoEnd where the hosts did not come up */
const must = (code: number): void => {
  if (code !== 0) throw new DemoEnd('The hosts did not come up; the reason is above.')
}

/** A part that is made beside others. A file that is given and is none is a person's mistake. */
const making = (name: PartName, say: (text: string) => void = () => undefined): Promise<unknown> =>
  part(name, () => undefined, say).catch((error) => {
    unlessStopped() // ^C ends what it started as well
    throw isGiven(name) ? new DemoEnd((error as Error).message) : error
  })

function works({ parts }: Missing, up: readonly string[]): readonly Work[] {
  const progress: string[] = []
  const hosts = (say: (text: string) => void) =>
    aside(up, (line) => {
      progress.push(line)
      say(line)
    }).then(({ code, lines }) => {
      if (code !== 0) throw new DemoEnd(`The hosts did not come up:\n${progress.join('\n')}`)
      return lines
    })
  let areUp: Promise<unknown> = Promise.resolve()
  const partOf = ({ name, fetched }: Unmade): Work => {
    const [title, made] = SHOWN[name]
    const what = fetched ? "is fetched from HashiCorp's releases" : made
    return {
      name: title,
      what: ON_HOSTS.includes(name) ? 'waits for the hosts' : what,
      async run(say) {
        if (ON_HOSTS.includes(name)) {
          await areUp.catch(() => undefined)
          say(what)
        }
        await making(name, say)
      },
    }
  }
  const run: Work['run'] = (say) => {
    areUp = hosts(say)
    return areUp
  }
  return [{ name: 'hosts', what: 'are made', run }, ...parts.map(partOf)]
}

/**
 * Boots the hosts and makes the parts of the cluster that no Debian package brings, side by side where some are not
 * there yet. @throws DemoEnd
 */
export async function makeHostsAndParts(missing: Missing, release: Release | undefined): Promise<void> {
  const up = ['sandbox', 'up', ...(release === undefined ? [] : ['--release', release])]
  unlessStopped()
  for (const name of PARTS.filter((each) => isGiven(each))) await making(name)
  if (missing.parts.length === 0) return must(await provision(...up))
  paragraph('What this machine does not have yet is made side by side, with the hosts:')
  show(up)
  await sideBySide(works(missing, up), process.stdout, process.env).finally(unlessStopped)
}
