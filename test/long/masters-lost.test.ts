/**
 * All masters lose their disks while requests come in, and get the state of a backup: the tasks that ran go on, and
 * Marathon takes them up. (Mesos and Marathon are stand-ins, unless real ones are given: docs/sandbox.md.)
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { linksOf } from '../../src/backup/links.ts'
import { frameworkOf } from '../../src/backup/marathon.ts'
import { save } from '../../src/backup/save.ts'
import { loadApp } from '../../src/deploy/deploy.ts'
import { createTransport } from '../../src/index.ts'
import { restored } from '../support/restored.ts'
import { nothingLost, ok, until, withStack } from '../support/stack.ts'

const test = suite('the disks of all masters are lost, on hosts')
const stack = await withStack(test, import.meta.url, { ownImage: true })
const folder = mkdtempSync(join(tmpdir(), 'provision-backup-'))
test.after(() => rmSync(folder, { recursive: true }))
const backup = join(folder, 'backup')

/** Who Marathon is, and its tasks. */
async function marathon(): Promise<{ framework: string | undefined; tasks: readonly string[] }> {
  const links = linksOf(createTransport())
  try {
    const { frameworkId: framework } = await frameworkOf(await stack.cluster(), links)
    const leads = await stack.leader()
    const answer = await ok(leads, `curl -sf http://${leads.address}:8080/v2/apps/rails-app/tasks`)
    const { tasks } = JSON.parse(answer) as { tasks: readonly { id: string; state: string }[] }
    return {
      framework,
      tasks: tasks
        .filter(({ state }) => state === 'TASK_RUNNING')
        .map(({ id }) => id)
        .sort(),
    }
  } finally {
    await links.close()
  }
}

/** Containers of tasks, on all slaves. */
const containers = async (): Promise<number> => {
  const counts = await Promise.all(stack.slaves.map((slave) => ok(slave, 'docker ps -q --filter name=mesos- | wc -l')))
  return counts.map(Number).reduce((a, b) => a + b, 0)
}

test('requests are answered throughout; Marathon is the same framework with the same tasks, and goes on deploying', async () => {
  await stack.converge()
  const live = await stack.deploys({ version: 'v1' })
  assert.is(live.outcome, 'live', live.reason)
  const cluster = await stack.cluster()
  const { manifest } = await save(cluster, backup, createTransport(), (...words) => console.error(...words))
  assert.equal(readdirSync(join(backup, 'marathon')), ['rails-app.json'])
  assert.is((await loadApp('marathon/rails-app.json', backup)).id, '/rails-app')
  const before = await marathon()
  assert.is(before.framework, manifest.marathon?.frameworkId)
  assert.is(before.tasks.length, 4)

  const client = stack.load()
  try {
    await client.reach(100)
    const lost = Date.now()
    await Promise.all(stack.masters.map(({ name }) => stack.reset(name)))
    await restored(await stack.cluster(), backup)
    console.error(`Marathon was away for ${Math.round((Date.now() - lost) / 1000)} s`)
    await until(
      'Marathon has its tasks',
      async () => {
        assert.equal(await marathon(), before)
        return true
      },
      1000,
    )
    assert.is(await containers(), 4, 'none was started twice')
    await client.reach(client.sent + 200)
  } finally {
    await client.stop()
  }
  nothingLost(await client.stop(), 500)
  assert.is((await stack.scales(6)).outcome, 'live')
  const next = await stack.deploys({ version: 'v2', instances: 4 })
  assert.is(next.outcome, 'live', next.reason)
})

test.run()
