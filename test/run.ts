/**
 * Runs test files, each in a process of its own: those that need no sandbox hosts, only those that do (`--sandbox`),
 * both (`--all`), the long ones (`--long`), those that run on either release of Debian, on the newer one
 * (`--debian13`), or what is named. test/runner says how.
 *
 *     node --import tsx test/run.ts [--sandbox | --all | --long | --debian13] [--jobs N] [--timeout SECONDS] [file or folder …]
 *     node --import tsx test/run.ts --setup     installs what the tests need of this machine, and runs none
 *
 * A file that runs no test has failed, and so has one that ends before its tests do. What a test could not do on this
 * machine it prints as `not run here: …`; those lines are shown again at the end and counted as skipped, and as
 * failures where `CI=true`.
 */
import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runSuites } from './runner/run.ts'
import { type Kind, ROOT, suitesAt, suitesIn } from './runner/suites.ts'
import { FOR_TESTS, installGo, installMoto, installPackages, PLACES, thisMachine } from './support/machine.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sandbox: { type: 'boolean' },
    all: { type: 'boolean' },
    long: { type: 'boolean' },
    debian13: { type: 'boolean' },
    setup: { type: 'boolean' },
    jobs: { type: 'string' },
    timeout: { type: 'string' },
  },
})

function kinds(): readonly Kind[] {
  if (values.long) return ['long']
  if (values.sandbox) return ['hosts']
  return values.all ? ['plain', 'parts', 'hosts'] : ['plain', 'parts']
}

const named = positionals.length > 0
const missing = positionals.filter((path) => !existsSync(path))
if (missing.length > 0) {
  console.error(`There is no test file or folder ${missing.join(', ')}.`)
  process.exit(3)
}
const suites = named
  ? suitesIn(positionals.map((path) => resolve(path)))
  : suitesAt(join(ROOT, 'test')).filter(({ kind, releases }) => (values.debian13 ? releases : kinds().includes(kind)))

if (values.debian13) process.env.PROVISION_RELEASE = '13'
process.env.PATH = PLACES.join(delimiter)
const say = (text: string): void => console.log(text)
if (!named || values.setup) installPackages(thisMachine, FOR_TESTS, say)
if (values.setup) {
  await installGo(thisMachine, say)
  installMoto(thisMachine, say)
}
if (!values.setup) {
  const failed = await runSuites(suites, {
    ...(values.jobs !== undefined && { jobs: Number(values.jobs) }),
    ...(values.timeout !== undefined && { deadline: Number(values.timeout) }),
    makeParts: named
      ? suites.some(({ kind, motoOnly }) => kind === 'parts' && !motoOnly)
      : suites.some(({ kind }) => kind !== 'plain'),
  })
  process.exitCode = failed > 0 ? 1 : 0
}
