import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { edits, own } from '../../support/kept-edits.ts'
import { withKeptProjects } from '../../support/kept-ground.ts'
import { nodes } from '../../support/nodes.ts'
import { write } from '../../support/packed.ts'

const test = suite('projects that an earlier run has compiled, on each Node')
const { compiledSize, makeProject, missing, says } = await withKeptProjects(test)

/** One edit of each kind, by another Node, which takes nothing that this one has kept. */
function editsOn(node: string): void {
  const env = { PATH: `${node}:${process.env.PATH}` }
  const some = ['the recipe itself', 'a file that it imports', 'the paths of tsconfig.json', 'a package']
  for (const [, before, after] of edits.filter(([what]) => some.includes(what))) {
    const folder = makeProject(before)
    for (const by of before === own ? [{}, env, env] : [env, env]) says(folder, 'old', by)
    assert.ok(compiledSize(folder) > 0)
    write(folder, after)
    for (const by of before === own ? [env, {}] : [env]) says(folder, 'new', by)
  }
}
for (const node of missing ? [] : nodes())
  test(`on Node ${node.version}: another run notices an edit of each kind`, () => {
    if ('missing' in node) console.log(`not run here: Node ${node.version}: npm could not get it (${node.missing})`)
    else editsOn(node.folder)
  })

test.run()
