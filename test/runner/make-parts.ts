/**
 * Makes what tests need and a machine makes only once: a stand-in for EC2, Debian images, layers of hosts, parts of the
 * cluster. Names whatever it cannot make; the suites that need that report it, too.
 */

import { ensureImage } from '../../src/sandbox/image/image.ts'
import { available, openSandbox } from '../../src/sandbox/index.ts'
import { type Release, stateDir } from '../../src/sandbox/state.ts'
import { ensureLayer, isBaked, LAYER_NAMES, releaseOf } from '../support/layers.ts'
import { installGo, installMoto, thisMachine } from '../support/machine.ts'
import { missingPart, PARTS, type PartName, part, standIn } from '../support/parts.ts'
import { boxName, runName } from '../support/run-name.ts'

const RELEASES: readonly Release[] = ['12', '13']
const say = (text: string): void => console.error(text)

async function images(): Promise<void> {
  for (const release of RELEASES) await ensureImage(stateDir(), release, say)
  const box = await openSandbox({ name: boxName(runName(), 'parts'), onProgress: say })
  if (LAYER_NAMES.every((name) => isBaked(box, name))) return
  try {
    const bake = async (release: Release): Promise<void> => {
      for (const name of LAYER_NAMES.filter((each) => releaseOf(each) === release)) await ensureLayer(box, name)
    }
    await Promise.all(RELEASES.map(bake))
  } finally {
    await box.down()
  }
}

/** Makes parts one after the other: each uses the whole machine. */
async function parts(names: readonly PartName[]): Promise<void> {
  for (const name of names) {
    if (missingPart(name) !== undefined) continue
    await part(name)
    await standIn(name) // if a file is given for the part, the part's own suites still test the stand-in
  }
}

await installGo(thisMachine, say)
installMoto(thisMachine, say)
const programs: readonly PartName[] = ['consul', 'consul-template']
const works = [
  parts(programs),
  // After the images, not concurrently: the last sandbox that goes down takes the package cache with it.
  (available() === undefined ? images() : Promise.resolve()).then(() =>
    parts(PARTS.filter((name) => !programs.includes(name))),
  ),
]
for (const end of await Promise.allSettled(works)) {
  if (end.status === 'fulfilled') continue
  console.error(end.reason)
  process.exitCode = 1
}
