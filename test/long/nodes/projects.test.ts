import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nodes } from '../../support/nodes.ts'
import { doing, LATER, WRITES } from '../../support/own-output.ts'
import { good, run, write } from '../../support/packed.ts'
import {
  inventory,
  PROGRAM,
  projects,
  readsInventories,
  recipe,
  role,
  secondInstallation,
  withProjects,
} from '../../support/user-projects.ts'

const test = suite("users' projects on each Node")
const its = await withProjects(test)
const { base, bin, cache, missing, project } = its

for (const node of missing ? [] : nodes()) {
  if ('missing' in node) {
    test(`Node ${node.version} cannot be had`, () => {
      console.log(`not run here: projects on Node ${node.version}: npm could not get it (${node.missing})`)
    })
    continue
  }
  const env = { PATH: `${node.folder}:${process.env.PATH ?? ''}` }
  const [program, own] = [join(node.folder, 'node'), `home/on-${node.version}`]
  test(`on Node ${node.version}: it is that one`, () =>
    assert.ok(good(run(base, 'node', ['--version'], env)).startsWith(`v${node.version}`)))

  for (const [what, roles, files] of projects.slice(0, 3))
    test(`on Node ${node.version}: ${what}`, () => {
      const inventoryFile = { 'inventory.json': inventory(...roles) }
      const folder = project({ ...files, ...inventoryFile, 'program.mjs': PROGRAM }, `${own}/${what.slice(0, 12)}`)
      const shown = good(run(folder, bin, ['hosts'], { ...cache, ...env }))
      for (const each of roles) assert.match(shown, new RegExp(`^${each}-1 .* ${each}$`, 'm'))
      const names = [...roles].sort().join()
      assert.is(good(run(folder, program, ['program.mjs'], env)), `${names} ${names} true\n`)
    })

  test(`on Node ${node.version}: what a recipe and its children write is kept apart`, () => {
    const folder = project(doing(WRITES.join('\n'), LATER.join('\n')), `${own}/output`)
    const { status, out, err } = run(folder, bin, ['hosts', '--json'], { ...cache, ...env })
    assert.equal([status, err], [0, 'mine\n'.repeat(WRITES.length + LATER.length)])
    assert.is(JSON.parse(out).name, 'one-1')
  })

  test(`on Node ${node.version}: inventories in TypeScript and in YAML`, () => {
    readsInventories(its, `${own}/inventories`, env)
  })

  test(`on Node ${node.version}: two installations, and mistakes`, () => {
    secondInstallation(its, env)
    const files = { 'roles/one.ts': role('one'), 'inventory.json': inventory('one') }
    const late = project({ ...files, 'recipes/one.ts': recipe('one', "Promise.reject(new TypeError('boom'))") })
    const { status, err } = run(late, bin, ['hosts'], { ...cache, ...env })
    const said = 'recipes/one.ts, line 7: a promise was rejected that nobody awaits: boom\n'
    assert.equal([status, err], [3, said])
    write(late, { 'recipes/one.ts': `\n\nexport const = 1\n` })
    assert.is(
      run(late, bin, ['hosts'], { ...cache, ...env }).err,
      'recipes/one.ts, line 3: Expected identifier but found "="\n',
    )
  })
}

test.run()
