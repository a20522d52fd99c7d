/**
 * npm run test:nodes: on each version of Node that the product is for, the suites that need neither a build nor hosts,
 * then the packed product in users' projects. The last line sums up.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ON_ANY_NODE } from './runner/any-node.ts'
import { nodes } from './support/nodes.ts'

type Counts = readonly [passed: number, failed: number, skipped: number]

/** Runs suites with a Node, shows what they print, and counts. */
async function run(node: string, env: NodeJS.ProcessEnv, suites: readonly string[]): Promise<Counts> {
  const child = spawn(node, ['--import', 'tsx', 'test/run.ts', ...suites], {
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
const add = (here: Counts): void => {
  total = [total[0] + here[0], total[1] + here[1], total[2] + here[2]]
}
for (const node of nodes()) {
  if ('missing' in node) {
    console.log(`not run here: Node ${node.version}: npm could not get it (${node.missing})`)
    add([0, 0, 1])
    continue
  }
  console.log(`On Node ${node.version}:`)
  const env = { ...process.env, PATH: `${node.folder}:${process.env.PATH ?? ''}` }
  add(await run(join(node.folder, 'node'), env, ON_ANY_NODE))
}
console.log("Users' projects on each of them:")
add(await run(process.execPath, process.env, ['--jobs', '2', 'test/long/nodes']))
console.log(`${total[0]} passed, ${total[1]} failed, ${total[2]} skipped`)
process.exitCode = total[1] > 0 || (process.env.CI === 'true' && total[2] > 0) ? 1 : 0
