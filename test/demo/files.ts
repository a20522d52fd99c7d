import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Artifacts, serve } from '../support/artifacts.ts'
import { part } from '../support/parts.ts'
import { railsDefinition } from '../support/rails-app.ts'
import { sourcesOf } from '../support/sources.ts'
import { ROOT } from './command.ts'

/** Where the demo keeps what its commands read, from the folder that they are typed in. */
export const FOLDER = 'demo'
/** Where hosts get what no Debian package brings: variables, for `-e @…`. */
export const PARTS_JSON = `${FOLDER}/parts.json`
/** The Rails app, for `deploy`. */
export const APP_JSON = `${FOLDER}/rails-app.json`
/** Its image, as `docker save` writes one. */
export const IMAGE = `${FOLDER}/rails-app.tar`

/** Three tasks, at most two on a slave. */
const app = { $schema: '../dist/schema/app.json', ...railsDefinition({ constraints: [['hostname', 'MAX_PER', '2']] }) }

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** Serves the parts at an address of this machine, and writes the files that the commands read. */
export async function offer(address: string): Promise<Artifacts> {
  const artifacts = await serve(address)
  const image = await part('rails')
  const path = (name: string): string => join(ROOT, name)
  mkdirSync(path(FOLDER), { recursive: true })
  writeFileSync(path(PARTS_JSON), json(await sourcesOf(artifacts)))
  writeFileSync(path(APP_JSON), json(app))
  rmSync(path(IMAGE), { force: true })
  symlinkSync(image.file, path(IMAGE))
  return artifacts
}

/** Removes these files. */
export const removeFiles = (): void => rmSync(join(ROOT, FOLDER), { recursive: true, force: true })
