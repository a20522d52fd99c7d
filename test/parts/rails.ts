import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { debianLayer } from './debian-layer.ts'
import { type Archive, dockerArchive, filesLayer } from './docker-archive.ts'

/** Debian's packages of the app; what of them is not needed is left out by not recommending. */
const PACKAGES = ['ruby-rails', 'puma', 'ruby-sqlite3']

const source = (name: string): string => readFileSync(new URL(`rails/${name}`, import.meta.url), 'utf8')

/** The Rails app's image `rails-app:1`, made in `folder`: Debian's Rails on Puma, the app, and the pre-stop wrapper as process 1. About half a minute. */
export async function railsImage(folder: string): Promise<Archive> {
  const base = await debianLayer(join(folder, 'rails-base.tar'), PACKAGES)
  const app = await filesLayer(join(folder, 'rails-app.tar'), {
    'app/config.ru': source('config.ru'),
    'app/puma.rb': source('puma.rb'),
    'app/prestop.sh': source('prestop.sh'),
  })
  return dockerArchive(join(folder, 'rails-app.docker.tar'), 'rails-app:1', [base, app], {
    WorkingDir: '/app',
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'RAILS_ENV=production', 'PORT=3000', 'RUBYOPT=-W0'],
    ExposedPorts: { '3000/tcp': {} },
    Cmd: ['/app/prestop.sh', 'puma', '-C', '/app/puma.rb', '/app/config.ru'],
  })
}
