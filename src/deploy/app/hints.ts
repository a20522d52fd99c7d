import type { Path } from '../../lib/json-path.ts'

/** Terms of other tools, by the place where users write them, with Marathon's terms for the same thing. */
const WORDS: Readonly<Record<string, string>> = {
  command: 'cmd',
  'container.image': 'container.docker.image',
  'container.name': 'id',
  'container.network': 'networks',
  'container.ports': 'container.portMappings',
  cpu: 'cpus',
  cpu_shares: 'cpus',
  depends_on: 'dependencies',
  entrypoint: 'args',
  environment: 'env',
  'healthChecks[].httpGet': 'path and portIndex',
  'healthChecks[].interval': 'intervalSeconds',
  'healthChecks[].tcpSocket': 'protocol "MESOS_TCP"',
  'healthChecks[].timeout': 'timeoutSeconds',
  mem_limit: 'mem',
  memory: 'mem',
  name: 'id',
  network: 'networks',
  replicaCount: 'instances',
  replicas: 'instances',
  resources: 'cpus, mem and disk',
  stop_grace_period: 'taskKillGracePeriodSeconds',
}

/** Keys that Marathon has no use for, and why. */
const NEEDLESS: Readonly<Record<string, string>> = {
  hostname: 'each task has the name of its container',
  restart: 'Marathon always restarts a task that has ended',
}

const text = (pattern = /^/) => ({ fits: (value: unknown) => typeof value === 'string' && pattern.test(value) })
const list = { fits: Array.isArray }
const object = { fits: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value) }
const number = { fits: (value: unknown) => typeof value === 'number' }

/** Values in the notation of other tools, by place and kind, with Marathon's notation. */
const FORMS: readonly (readonly [place: string, kind: { fits(value: unknown): boolean }, form: string])[] = [
  ['acceptedResourceRoles', text(), '["*"]'],
  ['args', text(), '["puma", "-C", "config/puma.rb"], or cmd for a line that a shell reads'],
  ['cmd', list, 'args for a list of words'],
  ['constraints[]', text(), '["hostname", "UNIQUE"], a list in the list'],
  ['constraints[]', object, '["hostname", "UNIQUE"], a list in the list'],
  ['container', text(), '{"type": "DOCKER", "docker": {"image": "web:1"}}'],
  ['container.portMappings', object, '[{"containerPort": 3000, "hostPort": 0}]'],
  ['container.portMappings[]', number, '{"containerPort": 3000, "hostPort": 0}'],
  ['container.portMappings[]', text(), '{"containerPort": 3000, "hostPort": 0}'],
  ['container.volumes[]', text(), '{"hostPath": "/a", "containerPath": "/b", "mode": "RO"}'],
  ['cpus', text(), 'the number without quotes, like 0.5'],
  ['dependencies', text(), '["/db"]'],
  ['disk', text(), '512, in MiB'],
  ['env', list, '{"NAME": "value"}'],
  ['fetch', text(), '[{"uri": "https://example.com/a.tar.gz"}]'],
  ['fetch[]', text(), '{"uri": "https://example.com/a.tar.gz"}'],
  ['healthChecks', object, '[{"protocol": "MESOS_HTTP", "path": "/healthz"}]'],
  ['healthChecks[].command', text(), '{"value": "pg_isready"}'],
  ['instances', text(), 'the number without quotes, like 2'],
  ['labels', list, '{"lb.enable": "true"}'],
  ['mem', text(), '512, in MiB'],
  ['networks', object, '[{"mode": "container/bridge"}]'],
  ['networks', text(), '[{"mode": "container/bridge"}]'],
  ['networks[]', text(), '{"mode": "container/bridge"}'],
  ['networks[].mode', text(/^bridge$/i), '"container/bridge"'],
  ['ports[]', text(), 'container.portMappings: [{"containerPort": 3000, "hostPort": 0}]'],
  ['uris', text(), '["https://example.com/a.tar.gz"]'],
]

/** A path without its indices: `volumes[].mode`. */
const placeOf = (path: Path): string =>
  path
    .map((key) => (typeof key === 'number' ? '[]' : `.${key}`))
    .join('')
    .replace(/^\./, '')

/** Marathon's name for a key of another tool, or why the key is not needed; undefined for an unknown key. */
export function otherWord(path: Path): string | undefined {
  const [place, needless] = [placeOf(path), NEEDLESS[placeOf(path)]]
  if (Object.hasOwn(NEEDLESS, place)) return `is not a known key: leave it out, ${needless}`
  return Object.hasOwn(WORDS, place) ? `is not a known key: in Marathon's words it is ${WORDS[place]}` : undefined
}

/** How to write a value that is in another tool's notation. */
export const otherForm = (path: Path, value: unknown): string | undefined =>
  FORMS.find(([place, kind]) => place === placeOf(path) && kind.fits(value))?.[2]

/** How text in other languages begins, for files that should contain JSON. */
const LANGUAGES: readonly (readonly [begins: RegExp, what: string])[] = [
  [/^\s*</, 'is HTML or XML, not JSON: it may be a page that was saved in place of the definition'],
  [/^\x1f\x8b/, 'is compressed, not JSON: unpack it first'],
  [/^\s*(curl|http|#!)[ /]/, 'is a command for a shell, not JSON: the definition is what the command sends'],
  [/^\s*(---\s|[\w-]+:(\s|$)|- )/, 'is YAML, not JSON: convert it, with yq -o json for example'],
  [/^\s*[\w.]+\s*[={]/, 'is not JSON but another format (HCL, HOCON): write it as JSON'],
]
/** A placeholder that some template engine should have filled in. */
const BLANK = /^.?(\{\{|\{%|<%|\$\{|\$[A-Z])/

/** What a text that is not JSON seems to be. @param at where it stops being JSON */
export function otherLanguage(
  given: string,
  at: { readonly line: number; readonly column: number },
): string | undefined {
  const [, what] = LANGUAGES.find(([begins]) => begins.test(given)) ?? []
  const rest = given.split('\n')[at.line - 1]?.slice(Math.max(0, at.column - 2)) ?? ''
  return what ?? (BLANK.test(rest) ? 'is a template, not JSON: fill it in first' : undefined)
}
