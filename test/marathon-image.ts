/**
 * Makes an image of the real Marathon for `docker load`, once on a machine, and prints where it lies.
 *
 *     npm run -s marathon-image -- FOLDER MESOS.deb
 *
 * FOLDER holds marathon-VERSION.jar, the start script `marathon`, and dependencies.txt: the other jars, a line
 * GROUP:ARTIFACT:VERSION each, which Maven fetches. The libmesos that it is given is the one of MESOS.deb.
 */
import { resolve } from 'node:path'
import { realImage } from './support/parts.ts'

const [folder, deb] = process.argv.slice(2)
if (folder === undefined || deb === undefined) {
  console.error('usage: npm run -s marathon-image -- FOLDER MESOS.deb')
  process.exit(2)
}
try {
  console.log((await realImage(resolve(folder), resolve(deb))).file)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
