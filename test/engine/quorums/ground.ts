/** A quorum whose members restart one after the other. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'uvu'
import { makeCluster } from '../../../src/inventory/make-cluster.ts'
import type { Recipe } from '../../../src/model/recipe.ts'
import { sh } from '../../../src/shell/script.ts'
import { type FakeHost, fakeHost } from '../../support/fake-host.ts'
import { runner } from '../../support/runs-of.ts'
import { daemon, host, note, recipe, role } from '../../support/toys.ts'

/** What each test gets. */
export interface Ctx {
  a: FakeHost
  b: FakeHost
  c: FakeHost
  hosts: Record<string, FakeHost>
  dir: string
  run: ReturnType<typeof runner>
  /** Who restarted, in order: `+a` begins, `-a` ends. */
  log(): string
}

/** Gives each test of a suite three hosts of its own. */
export function onQuorum(test: Test<Ctx>): void {
  test.before.each((ctx) => {
    Object.assign(ctx, {
      a: fakeHost(),
      b: fakeHost(),
      c: fakeHost(),
      dir: mkdtempSync(join(tmpdir(), 'provision-log-')),
    })
    ctx.hosts = { a: ctx.a, b: ctx.b, c: ctx.c }
    ctx.run = runner(ctx.hosts)
    const file = join(ctx.dir, 'log')
    ctx.log = () => {
      const text = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').join(' ') : ''
      rmSync(file, { force: true })
      return text
    }
  })
  test.after.each((ctx) => {
    for (const h of [ctx.a, ctx.b, ctx.c]) h.remove()
    rmSync(ctx.dir, { recursive: true })
  })
}

/**
 * A quorum's recipe: a daemon on each member; well where it runs with a config that is not bad and nobody made it sick.
 */
export const quorum = (
  { hosts, dir }: Ctx,
  text: string,
  more: { leads?: (name: string) => boolean; name?: string; deadline?: number } = {},
): Recipe =>
  recipe(
    more.name ?? 'quorum',
    ({ name }) => {
      const config = note('config', { text })
      const log = (mark: string) => sh`echo ${mark + name} >>${join(dir, 'log')}`
      return [
        config,
        daemon('d', {
          reads: ['config'],
          restartOn: [config],
          restarting: sh`${log('+')}; sleep .2; while [ -e held ]; do sleep .1; done; rm -f sick; ${log('-')}`,
        }),
      ]
    },
    {
      rolling: { services: ['d.service'], deadline: more.deadline ?? 2 },
      async health({ name }) {
        const h = hosts[name] as FakeHost
        const runs = h.read('d.read')
        const green = runs !== undefined && !runs.startsWith('bad') && h.read('sick') === undefined
        const red = runs === undefined ? 'does not run' : 'is sick'
        return {
          green,
          down: runs === undefined || runs.startsWith('bad') || h.read('sick') === 'down',
          says: green ? `runs ${runs}` : red,
          leads: more.leads?.(name) ?? false,
        }
      },
    },
  )

/** Its members. */
export const all = ['a', 'b', 'c']

/** How it went with each host. */
export const outcomes = (ended: { result: { hosts: readonly { outcome: string }[] } }) =>
  ended.result.hosts.map((h) => h.outcome)

/** Two recipes on each host. */
export const pairOf = (...both: readonly Recipe[]) =>
  makeCluster(
    all.map((name) => host(name, ['all'])),
    new Map([['all', role('all', both)]]),
  )

/**
 * Something else on the same hosts, of which one may be away at a time: while `until` says so, it is not well on a
 * host.
 */
export const companion = (until: (host: string) => number, deadline = 5): Recipe =>
  recipe('companion', () => [], {
    rolling: { services: ['companion.service'], deadline },
    health: async ({ name }) => {
      const green = performance.now() >= until(name)
      return { green, says: green ? 'serves' : 'looks for a leader' }
    },
  })
