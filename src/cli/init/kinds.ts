import { toFillIn } from '../../inventory/to-fill-in.ts'
import { showPath } from '../../lib/json-path.ts'
import { UsageError } from '../usage-error.ts'
import { type Files, inventoryOf } from './files.ts'
import { hostsOf, type NewHost } from './host-words.ts'

/** A kind of project that `provision init` creates. */
export interface Kind {
  /** Its folder in `templates/init/`. */
  readonly template: string
  /** Scripts for `package.json` besides plan and apply. */
  readonly scripts: Readonly<Record<string, string>>
  /** Descriptions of its files. */
  readonly about: Readonly<Record<string, string>>
  /** Questions on the terminal, with the minimum number of hosts in the answer. */
  readonly questions: readonly { readonly text: string; readonly least: number; readonly most: number }[]
  /** The message if hosts are missing. */
  readonly wants: string
  hosts(words: readonly string[]): readonly NewHost[]
  /** @param template the template's inventory, if it has one */
  inventory(hosts: readonly NewHost[], template: string | undefined): string
}

const MASTERS = 3

/** A project with a role and a recipe of the user's own. */
export const project: Kind = {
  template: 'project',
  scripts: { test: 'node --import tsx --test test/*.test.ts', check: 'tsc --noEmit' },
  about: {
    'roles/web.ts': 'what a web host is: a list of recipes',
    'recipes/web.ts': 'nginx, with a page on port 8080',
    'test/web.test.ts': 'makes a host of this machine a web host, twice',
  },
  questions: [
    {
      text: 'Which hosts? For example admin@10.0.0.4, or web-1=10.0.0.4 to name it:',
      least: 1,
      most: Number.POSITIVE_INFINITY,
    },
  ],
  wants: 'init needs at least one host: provision init my-servers admin@10.0.0.4',
  hosts: (words) => hostsOf(words, (i) => `web-${i + 1}`, true),
  inventory: (hosts) => inventoryOf(hosts, () => ({ roles: ['web'] })),
}

/** The whole cluster, from built-in roles. */
export const cluster: Kind = {
  template: 'cluster',
  scripts: { status: 'provision status' },
  about: {},
  questions: [
    { text: 'Which three hosts are the masters? For example admin@10.0.0.11 …:', least: MASTERS, most: MASTERS },
    { text: 'Which hosts are the slaves?', least: 1, most: Number.POSITIVE_INFINITY },
  ],
  wants:
    'init --cluster needs at least four hosts, the three masters first: provision init --cluster my-cluster 10.0.0.11 10.0.0.12 10.0.0.13 10.0.0.21',
  hosts(words) {
    const called = (i: number): string => (i < MASTERS ? `master-${i + 1}` : `slave-${i + 1 - MASTERS}`)
    return hostsOf(words, called, false)
  },
  inventory(hosts, template = '{}') {
    const settings = (_host: NewHost, i: number): object =>
      i < MASTERS ? { roles: ['mesos-master'], vars: { zookeeper: { id: i + 1 } } } : { roles: ['mesos-slave'] }
    return inventoryOf(hosts, settings, JSON.parse(template))
  },
}

/** Parses the answer to one question, or all words at once. @throws UsageError */
export const enough = (words: readonly string[], least: number, most: number, wants: string): readonly string[] => {
  if (words.length < least || words.length > most) throw new UsageError(wants)
  return words
}

/** The places that the user must fill in, one line each. */
export function placesIn(files: Files): readonly string[] {
  const places = toFillIn(JSON.parse(files.get('inventory.json') ?? '{}')).map(
    ({ path, wanted }) => [showPath(path), wanted] as const,
  )
  const width = Math.max(0, ...places.map(([path]) => path.length))
  return places.map(([path, wanted]) => `  ${path.padEnd(width)}  ${wanted}`)
}
