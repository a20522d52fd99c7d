import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { available, openSandbox, type Sandbox } from '../src/sandbox/index.ts'
import { onLayers } from '../test/support/layers.ts'

/** Measures on a sandbox of this name, with an empty folder; removes both. Where there can be no hosts, says so. */
export async function onSandbox(name: string, measure: (box: Sandbox, folder: string) => Promise<void>): Promise<void> {
  const why = available()
  if (why !== undefined) {
    process.stderr.write(`bench: cannot run here: ${why}\n`)
    process.exitCode = 1
    return
  }
  const onProgress = (message: string) => process.stderr.write(`sandbox: ${message}\n`)
  const box = onLayers(await openSandbox({ name, onProgress }))
  const folder = mkdtempSync(join(tmpdir(), 'provision-bench-'))
  try {
    await box.down() // what a run left that was ended in its middle
    await measure(box, folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await box.down()
  }
}
