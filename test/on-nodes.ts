/**
 * npm run test:nodes: the suites that need neither a build nor hosts, on each version of Node that the product is for.
 * The last line sums up.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ON_ANY_NODE } from './runner/any-node.ts'
import { nodes } from './support/nodes.ts'

type Counts = readonly [passed: number, failed: number, skipped: number]

/** Runs them on one Node, shows what they print, and counts. */
async function runOn(version: string, folder: string): Promise<Counts> {
  console.log(`On Node ${version}:`)
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` }
  const child = spawn(join(folder, 'node'), ['--import', 'tsx', 'test/run.ts', ...ON_ANY_NODE], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text)
    last = (last + text).slice(-1000)
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const [, passed = 0, failed = 0, skipped = 0] = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(last) ?? []
  return [Number(passed), Number(failed) + (code !== 0 && Number(failed) === 0 ? 1 : 0), Number(skipped)]
}

let total: Counts = [0, 0, 0]
for (const node of nodes()) {
  const here: Counts = 'missing' in node ? [0, 0, 1] : await runOn(node.version, node.folder)
  if ('missing' in node) console.log(`not run here: Node ${node.version}: npm could not get it (${node.missing})`)
  total = [total[0] + here[0], total[1] + here[1], total[2] + here[2]]
}
console.log(`${total[0]} passed, ${total[1]} failed, ${total[2]} skipped`)
process.exitCode = total[1] > 0 || (process.env.CI === 'true' && total[2] > 0) ? 1 : 0
