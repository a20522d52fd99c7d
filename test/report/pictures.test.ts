// Every picture is a file beside this one; UPDATE=1 writes them anew, and then they must be looked at.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunEvent } from '../../src/engine/events.ts'
import { deployEnd, deployFrame, deployNotes, deployTitle, plainDeploy } from '../../src/report/deploy/lines.ts'
import { advanceDeploy, newDeployView } from '../../src/report/deploy/view.ts'
import { frame } from '../../src/report/run/frame.ts'
import { plain } from '../../src/report/run/plain.ts'
import { planText } from '../../src/report/run/plan.ts'
import { recap } from '../../src/report/run/recap.ts'
import { advance, newView } from '../../src/report/run/view.ts'
import {
  hostileDeploy,
  type PlayedDeploy,
  refused,
  scaled,
  takenBack,
  wellDone,
  wide as wideDeploy,
} from '../support/deploys.ts'
import { fleet } from '../support/fleet.ts'
import type { Played } from '../support/played.ts'
import { ensemble, ensemblePlan, hostile, still, trickle } from '../support/runs.ts'

const look = { columns: 80, unicode: true, colour: false }
const ascii = { ...look, unicode: false }
const wide = { ...look, columns: 200 }
const pipe = { ...look, columns: Number.POSITIVE_INFINITY }

const planned = (played: Played, as = look, options = {}): string[] =>
  planText(played.result.hosts, played.result.ms, as, options)
const recapped = (played: Played, as = look): string[] => recap(played.result.hosts, played.result.ms, as)
const told = (played: Played, as = look, options = {}): string[] => played.events.flatMap(plain(as, options))

function live(played: Played, now: number, rows = 24, as = look, more: readonly RunEvent[] = []): string[] {
  const view = newView()
  for (const event of [...played.events.filter((e) => e.at <= now), ...more]) advance(view, event)
  return frame(view, { ...as, columns: as.columns - 1, rows, now })
}

function deployed({ events }: PlayedDeploy, now: number, as = look): string[] {
  const view = newDeployView('')
  for (const event of events) if (event.at <= now) advanceDeploy(view, event)
  const screen = { ...as, columns: as.columns - 1, now }
  return [deployTitle(view, screen), ...deployNotes(view.notes, screen), ...deployFrame(view, screen)]
}
const deployTold = ({ events, result }: PlayedDeploy, as = look): string[] => [
  ...events.flatMap(plainDeploy(as)),
  ...deployEnd(result, as, ''),
]
const deployDone = (played: PlayedDeploy, as = look): string[] => [
  ...deployed(played, 1e6, as),
  ...deployEnd(played.result, as),
]

const stopping: RunEvent = { at: 2000, event: 'stopping', reason: 'no new step starts; running steps finish' }

const pictures: Readonly<Record<string, () => string[]>> = {
  'plan-80': () => planned(ensemblePlan()),
  'plan-80-diff': () => planned(ensemblePlan(), look, { diff: true }),
  'plan-80-ascii': () => planned(ensemblePlan(), ascii),
  'plan-80-colour': () => planned(ensemblePlan(), { ...look, colour: true }),
  'plan-200': () => planned(ensemblePlan(), wide),
  'plan-pipe': () => planned(ensemblePlan(), pipe),
  'plan-fleet-50': () => planned(fleet(50, 'plan')),
  'plan-in-sync': () => planned(still(3, 'plan')),
  'plan-hostile': () =>
    planned({
      ...hostile(),
      result: {
        ...hostile().result,
        hosts: hostile().result.hosts.map((h) => ({ ...h, outcome: 'planned', steps: 2 })),
      },
    }),
  'recap-80': () => recapped(ensemble()),
  'recap-80-ascii': () => recapped(ensemble(), ascii),
  'recap-80-colour': () => recapped(ensemble(), { ...look, colour: true }),
  'recap-pipe': () => recapped(ensemble(), pipe),
  'recap-fleet-50': () => recapped(fleet(50)),
  'recap-in-sync-1': () => recapped(still(1)),
  'recap-in-sync-3': () => recapped(still(3)),
  'recap-hostile': () => recapped(hostile()),
  plain: () => told(ensemble()),
  'plain-verbose': () => told(ensemble(), look, { verbose: true }).slice(0, 30),
  'plain-in-sync': () => told(still(3)),
  'plain-hostile': () => told(hostile(), look, { verbose: true }),
  'live-80-begin': () => live(ensemble(), 100),
  'live-80': () => live(ensemble(), 2000),
  'live-80-ascii': () => live(ensemble(), 2000, 24, ascii),
  'live-80-colour': () => live(ensemble(), 2000, 24, { ...look, colour: true }),
  'live-80-gate': () => live(ensemble(), 11_200),
  'live-80-stopping': () => live(ensemble(), 2000, 24, look, [stopping]),
  'live-80-silent': () => live(trickle(), 45_000),
  'live-200': () => live(ensemble(), 5000, 50, wide),
  'live-40': () => live(ensemble(), 5000, 24, { ...look, columns: 40 }),
  'live-fleet-50': () => live(fleet(50), 3000),
  'live-fleet-50-late': () => live(fleet(50), 6500),
  'live-fleet-50-at-200x50': () => live(fleet(50), 6500, 50, wide),
  'live-hostile': () => live(hostile(), 2500),
  'deploy-80-image': () => deployed(wellDone(), 1000),
  'deploy-80-rolling': () => deployed(wellDone(), 10_000),
  'deploy-80': () => deployDone(wellDone()),
  'deploy-80-ascii': () => deployDone(wellDone(), ascii),
  'deploy-80-colour': () => deployDone(wellDone(), { ...look, colour: true }),
  'deploy-200': () => deployDone(wellDone(), wide),
  'deploy-40': () => deployed(wellDone(), 10_000, { ...look, columns: 40 }),
  'deploy-back-80-live': () => deployed(takenBack(), 9000),
  'deploy-back-80': () => deployDone(takenBack()),
  'deploy-refused-80': () => deployDone(refused()),
  'deploy-wide-80': () => deployed(wideDeploy(), 13_000),
  'deploy-hostile': () => deployDone(hostileDeploy()),
  'deploy-plain': () => deployTold(wellDone(), pipe),
  'deploy-back-plain': () => deployTold(takenBack(), pipe),
  'deploy-hostile-plain': () => deployTold(hostileDeploy(), pipe),
  'scale-80': () => deployed(scaled(), 5000),
  'scale-80-end': () => deployEnd(scaled().result, look),
}

const here = new URL('./pictures/', import.meta.url)
const legible = (lines: readonly string[]): string =>
  `${lines.map((line) => line.replace(/\x1b/g, '<ESC>')).join('\n')}\n`

const test = suite('report pictures')

for (const [name, draw] of Object.entries(pictures)) {
  test(name, () => {
    const file = new URL(`${name}.txt`, here)
    const text = legible(draw())
    if (process.env.UPDATE) writeFileSync(file, text)
    assert.ok(existsSync(file), `${name}.txt is missing: run with UPDATE=1 and look at it`)
    assert.fixture(text, readFileSync(file, 'utf8'))
  })
}

test('no picture is left over', () => {
  assert.equal(
    readdirSync(here).sort(),
    Object.keys(pictures)
      .map((name) => `${name}.txt`)
      .sort(),
  )
})

test.run()
