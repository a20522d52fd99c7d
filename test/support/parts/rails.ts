import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { available } from '../../../src/sandbox/index.ts'
import type { Builder } from './builder.ts'
import { BASE, debianLayer } from './debian-layer.ts'
import { dockerArchive, filesLayer, type ImageConfig } from './docker-archive.ts'

/** The app's Debian packages, without recommended ones. */
const PACKAGES = ['ruby-rails', 'puma', 'ruby-sqlite3']

const FILES = Object.fromEntries(
  ['config.ru', 'puma.rb', 'prestop.sh'].map((name) => [
    `app/${name}`,
    readFileSync(new URL(`../../parts/rails/${name}`, import.meta.url), 'utf8'),
  ]),
)

const CONFIG: ImageConfig = {
  WorkingDir: '/app',
  Env: [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'RAILS_ENV=production',
    'PORT=3000',
    'RUBYOPT=-W0',
  ],
  ExposedPorts: { '3000/tcp': {} },
  Cmd: ['/app/prestop.sh', 'puma', '-C', '/app/puma.rb', '/app/config.ru'],
}

/**
 * The Rails app's image `rails-app:1`: Debian's Rails on Puma, the app of test/parts/rails, and the pre-stop wrapper as
 * process 1. Takes about half a minute.
 */
export const railsImage: Builder = {
  version: '1',
  seconds: 60,
  missing: available,
  inputs: () => [...PACKAGES, JSON.stringify(FILES), JSON.stringify(CONFIG), BASE],
  async build(folder) {
    const base = await debianLayer(join(folder, 'base.tar'), PACKAGES)
    const app = await filesLayer(join(folder, 'app.tar'), FILES)
    await dockerArchive(join(folder, 'rails-app.docker.tar'), 'rails-app:1', [base, app], CONFIG)
    for (const layer of [base, app, `${base}.sources`]) rmSync(layer)
    return 'rails-app.docker.tar'
  },
}
