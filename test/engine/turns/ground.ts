/** A fleet whose members are taken out of service before their turn and brought back after it. */
import { rmSync, writeFileSync } from 'node:fs'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Health } from '../../../src/model/health.ts'
import type { Recipe, Rolling, Turn } from '../../../src/model/recipe.ts'
import { sh } from '../../../src/shell/script.ts'
import { type FakeHost, fakeHost } from '../../support/fake-host.ts'
import { runner } from '../../support/runs-of.ts'
import { clusterOf, daemon, note, recipe } from '../../support/toys.ts'

/** What each test gets. */
export interface Ctx {
  hosts: Record<string, FakeHost>
  run: ReturnType<typeof runner>
  /** What happened since the last call, in order: `out a`, `restart a`, `in a`. */
  log(): string
  say(word: string): void
}

/** Gives each test of a suite three hosts of its own. */
export function onFleet(test: Test<Ctx>): void {
  test.before.each((ctx) => {
    ctx.hosts = { a: fakeHost(), b: fakeHost(), c: fakeHost() }
    ctx.run = runner(ctx.hosts)
    const words: string[] = []
    ctx.say = (word) => words.push(word)
    ctx.log = () => words.splice(0).join(', ')
    void words
  })
  test.after.each((ctx) => {
    for (const h of Object.values(ctx.hosts)) h.remove()
  })
}

/** Its members. */
export const all = ['a', 'b', 'c']

/** Where a host keeps that its member is out of service. */
export const MARK = 'var/lib//provision/fleet.away'

/** A fleet: a daemon on each host; `out` is a file that says that the member gets no work. */
export function fleet({ hosts, say }: Ctx, text: string, more: Partial<Rolling> = {}): Recipe {
  const of = ({ host: { name } }: Pick<Turn, 'host'>) => hosts[name] as FakeHost
  return recipe(
    'fleet',
    () => {
      const config = note('config', { text })
      return [config, daemon('d', { reads: ['config'], restartOn: [config], restarting: sh`[ ! -e broken ]` })]
    },
    {
      rolling: {
        services: ['d.service'],
        deadline: 2,
        unavailable: () => 1,
        async before(turn) {
          say(`out ${turn.host.name}`)
          assert.ok(of(turn).read(MARK) !== undefined, 'the mark is there before anything is done')
          writeFileSync(of(turn).path('out'), '')
        },
        async after(turn) {
          if (of(turn).read('stuck') !== undefined) throw new Error('no master answers')
          say(`in ${turn.host.name} with ${of(turn).read('d.read')}`)
          rmSync(of(turn).path('out'), { force: true })
        },
        ...more,
      },
      async health({ name }): Promise<Health> {
        const h = hosts[name] as FakeHost
        const runs = h.read('d.read')
        const away = h.read('out') !== undefined
        return {
          green: runs !== undefined && !away,
          away: runs !== undefined && away,
          down: runs === undefined,
          says: away ? 'drained' : `runs ${runs}`,
        }
      },
    },
  )
}

/** How it went with each host. */
export const outcomes = (ended: { result: { hosts: readonly { outcome: string }[] } }) =>
  ended.result.hosts.map((h) => h.outcome)

/** Another run finds nothing to do, and nothing is left of the turns. */
export const ended = async (ctx: Ctx, text: string): Promise<void> => {
  const again = await ctx.run.apply(clusterOf(all, fleet(ctx, text)))
  assert.equal(outcomes(again), ['in-sync', 'in-sync', 'in-sync'])
  assert.is(ctx.log(), '')
  for (const h of Object.values(ctx.hosts)) assert.equal([h.read(MARK), h.read('out')], [undefined, undefined])
}

/** Balancers that write down what they are asked. `no`: why they do not let go of a host. */
export const front = ({ say }: Ctx, no: (host: string) => string | undefined = () => undefined) => ({
  async leave({ name }: { name: string }) {
    const why = no(name)
    if (why !== undefined) throw new Error(why)
    say(`leave ${name}`)
  },
  async join({ name }: { name: string }) {
    say(`join ${name}`)
  },
})
