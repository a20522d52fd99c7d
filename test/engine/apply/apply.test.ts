import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as v from 'valibot'
import { applyScript, groupsOf, marksBefore } from '../../../src/engine/apply/apply-script.ts'
import { defineResource } from '../../../src/model/define-resource.ts'
import type { Resource } from '../../../src/model/resource.ts'
import { sh } from '../../../src/shell/script.ts'
import { fc } from '../../support/checks.ts'
import { decided } from '../../support/decided.ts'
import { daemon, note, pack } from '../../support/toys.ts'

const test = suite('apply')

test('neighbours of a type that takes them together are one group', () => {
  const list = [
    pack('p', {}),
    pack('q', {}),
    note('x', { text: '' }),
    note('y', { text: '' }),
    pack('r', {}),
    pack('s', {}),
  ]
  assert.equal(
    groupsOf(list).map((g) => [g.first, g.resources.map((r) => r.name)]),
    [
      [0, ['p', 'q']],
      [2, ['x']],
      [3, ['y']],
      [4, ['r', 's']],
    ],
  )
  assert.equal(groupsOf([]), [])
})

/** Files, packages and daemons in any order and any state; daemons restart or reload on anything before them. */
const world = fc
  .array(
    fc.record({
      kind: fc.constantFrom<'note' | 'pack' | 'daemon'>('note', 'note', 'pack', 'daemon'),
      differs: fc.boolean(),
      uses: fc.array(fc.nat(20), { maxLength: 3 }),
      reloads: fc.array(fc.nat(20), { maxLength: 3 }),
      owed: fc.boolean(),
      runs: fc.boolean(),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((parts) => {
    const list: Resource[] = []
    const states: Record<string, unknown> = {}
    parts.forEach(({ kind, differs, uses, reloads, owed, runs }, i) => {
      const pick = (at: readonly number[]) =>
        [...new Set(at)].flatMap((n) => (n < list.length ? [list[n] as Resource] : []))
      const make = {
        note: () => note(`n${i}`, { text: `text of n${i}` }),
        pack: () => pack(`p${i}`, {}),
        daemon: () => daemon(`d${i}`, { reads: [], restartOn: pick(uses), reloadOn: pick(reloads) }),
      }
      const r = make[kind]()
      list.push(r)
      if (kind === 'daemon') states[r.id] = { running: runs, ...(owed ? { owed: 'restart' } : {}) }
      else if (!differs) states[r.id] = kind === 'note' ? `text of n${i}` : true
    })
    return { list, decision: decided(list, states) }
  })

test('a mark is written before the first change of an input, in the group of that change, once, and never later', () => {
  let marked = 0
  fc.assert(
    fc.property(world, ({ decision }) => {
      const { text } = applyScript(decision)
      const groups = groupsOf(decision.resources)
      const startOf = (step: number) =>
        text.indexOf(`step ${(groups.findLast((g) => g.first <= step)?.first ?? 0) + 1} `)
      decision.triggers.forEach((triggers, i) => {
        const { name, type } = decision.resources[i] as Resource
        if (type.owe === undefined) return
        const writes = [...text.matchAll(new RegExp(`echo (restart|reload) >/var/lib/provision/${name}\\.owed`, 'g'))]
        assert.is(writes.length, triggers.length === 0 ? 0 : 1)
        if (triggers.length === 0) return
        marked += 1
        const first = Math.min(...triggers.map((t) => decision.resources.findIndex((r) => r.id === t.resource)))
        const at = writes[0]?.index ?? -1
        const from = startOf(first)
        const change = text.indexOf(
          decision.resources[first]?.type.name === 'note'
            ? `printf %s 'text of ${decision.resources[first]?.name}'`
            : '',
          from,
        )
        const next = text.indexOf('\nok ', from)
        assert.ok(from < at && at < next, `${text}\n${name}`)
        if (decision.resources[first]?.type.name === 'note') assert.ok(at < change, text)
        const restarts =
          triggers.some((t) => t.kind === 'restart') || decision.plan.steps[i]?.changes[0]?.action === 'restart'
        assert.is(writes[0]?.[1], restarts ? 'restart' : 'reload')
      })
      assert.is(
        [...marksBefore(decision).values()].flat().length,
        decision.triggers.filter((t, i) => t.length > 0 && decision.resources[i]?.type.owe).length,
      )
    }),
    { numRuns: 1000 },
  )
  assert.ok(marked > 200)
})

test('each group is announced, runs under set -e without the lock, and is closed; order is that of the list', () => {
  fc.assert(
    fc.property(world, ({ list, decision }) => {
      const { text } = applyScript(decision)
      const firsts = groupsOf(decision.resources).map((g) => g.first + 1)
      assert.equal(
        [...text.matchAll(/^step (\d+) .+\n\( set -e$/gm)].map((m) => Number(m[1])),
        firsts,
      )
      assert.equal(
        [...text.matchAll(/^\) 9>&-\nok (\d+)$/gm)].map((m) => Number(m[1])),
        firsts,
      )
      assert.equal(
        decision.resources,
        list.filter((r) => decision.resources.includes(r)),
      )
      assert.not.ok(text.endsWith('\n'), 'the host counts its bytes after $(cat)')
    }),
    { numRuns: 300 },
  )
})

test('functions that several steps call are written once, before them', () => {
  const horn = defineResource<v.GenericSchema<object, object>, object, true>({
    name: 'horn',
    properties: v.object({}),
    observe: () => sh`:`,
    parse: () => true,
    diff: () => [{ action: 'create', text: 'honks' }],
    apply: () => sh`honk`,
    functions: sh`honk() { echo honk; }`,
  })
  const { text } = applyScript(decided([horn('a', {}), note('n', { text: '' }), horn('b', {})]))
  assert.is(text.split('honk() { echo honk; }').length, 2)
  assert.ok(text.indexOf('honk() {') < text.indexOf('step 1'))
  assert.is(text.match(/^honk$/gm)?.length, 2)
})

test.run()
