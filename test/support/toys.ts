import * as v from 'valibot'
import { makeCluster } from '../../src/inventory/make-cluster.ts'
import { defineRecipe, defineRole } from '../../src/model/define-recipe.ts'
import { defineResource } from '../../src/model/define-resource.ts'
import type { InventoryHost } from '../../src/model/host.ts'
import type { Recipe, Role } from '../../src/model/recipe.ts'
import type { Change, Resource, Trigger } from '../../src/model/resource.ts'
import { STATE_DIR } from '../../src/shell/paths.ts'
import { empty, type Script, sh } from '../../src/shell/script.ts'
import { reveal, type Secret } from '../../src/shell/secret.ts'

/** A file in the host's folder. */
export interface NoteProps {
  readonly text: string | Secret
  /** Runs before the file is written. */
  readonly before?: Script
  /** Runs after the file was written. */
  readonly after?: Script
  /** `diff` refuses with this text if there is a file with another text. */
  readonly refusal?: string
}

const plain = (text: string | Secret): string => (typeof text === 'string' ? text : reveal(text))

/**
 * A file-like type: `note('a', { text: 'x' })`. Names that begin with `broken` fail in the probe, and `lost` names are
 * missing from its answer.
 */
export const note = defineResource<v.GenericSchema<NoteProps, NoteProps>, NoteProps, string>({
  name: 'note',
  properties: v.custom<NoteProps>(() => true),
  observe: (items) => sh`
      for n in ${items.map(({ name }) => name)}; do
        case $n in
        broken*) printf '%s\t!\tInput/output error\n' "$n" ;;
        lost*) ;;
        *) if [ -e "$n" ]; then printf '%s\tis\t%s\n' "$n" "$(base64 -w0 "$n")"; else printf '%s\tnone\n' "$n"; fi ;;
        esac
      done`,
  parse: ([first]) => (first?.[0] === 'none' ? 'absent' : Buffer.from(first?.[1] ?? '', 'base64').toString()),
  diff({ text, refusal }, is) {
    if (is === plain(text)) return []
    const hidden = typeof text !== 'string'
    const diff = hidden || is === 'absent' ? {} : { diff: `-${is}\n+${text}` }
    const changes: Change[] = [
      {
        action: is === 'absent' ? 'create' : 'update',
        text: is === 'absent' ? 'new' : 'other text',
        fingerprint: plain(text),
        ...diff,
      },
    ]
    if (refusal !== undefined && is !== 'absent')
      return { refusal, reason: 'It says something else.', remedy: 'Look at it.', changes }
    return changes
  },
  apply: ({ name, props }) => sh`
        ${props.before ?? empty}
        printf %s ${props.text} >${name}.new
        mv ${name}.new ${name}
        ${props.after ?? empty}`,
})

/** A type whose neighbouring resources are applied together. */
export const pack = defineResource<v.GenericSchema<object, object>, object, true>({
  name: 'pack',
  properties: v.object({}),
  observe: (items) =>
    sh`for n in ${items.map(({ name }) => name)}; do if [ -e "pack-$n" ]; then printf '%s\tis\n' "$n"; else printf '%s\tnone\n' "$n"; fi; done`,
  parse: ([first]) => (first?.[0] === 'none' ? 'absent' : true),
  diff: (_, is) => (is === 'absent' ? [{ action: 'create', text: 'installed' }] : []),
  applyTogether: (items) => sh`
      echo installing ${items.map(({ name }) => name)}
      for n in ${items.map(({ name }) => name)}; do : >"pack-$n"; done`,
})

export interface DaemonProps {
  /** The files that it reads when it starts; it keeps what it read in `NAME.read`. */
  readonly reads: readonly string[]
  readonly restartOn: readonly Resource[]
  readonly reloadOn?: readonly Resource[]
  /** Runs at the start of its restart. */
  readonly restarting?: Script
}

interface DaemonState {
  readonly running: boolean
  readonly owed?: 'restart' | 'reload'
}

/** A service-like type that records what it read, which proves what it runs with. */
export const daemon = defineResource<v.GenericSchema<DaemonProps, DaemonProps>, DaemonProps, DaemonState>({
  name: 'daemon',
  properties: v.custom<DaemonProps>(() => true),
  observe: (items) => sh`
      for n in ${items.map(({ name }) => name)}; do
        r=stopped; [ ! -e "$n.read" ] || r=running
        o=; [ ! -e ${STATE_DIR}/"$n.owed" ] || read -r o <${STATE_DIR}/"$n.owed"
        printf '%s\t%s\t%s\n' "$n" "$r" "$o"
      done`,
  parse: ([first]) => ({
    running: first?.[0] === 'running',
    ...(first?.[1] ? { owed: first[1] as 'restart' | 'reload' } : {}),
  }),
  diff(_, is, triggers: readonly Trigger[]) {
    if (is === 'absent' || !is.running) return [{ action: 'update', text: 'stopped → running' }]
    if (is.owed === 'restart' || triggers.some((t) => t.kind === 'restart'))
      return [{ action: 'restart', text: triggers.length > 0 ? 'restart' : 'restart: owed' }]
    if (is.owed === 'reload' || triggers.length > 0)
      return [{ action: 'reload', text: triggers.length > 0 ? 'reload' : 'reload: owed' }]
    return []
  },
  apply: ({ name, props }) => sh`
        rm -f ${name}.read
        ${props.restarting ?? empty}
        cat ${props.reads} >${name}.read
        echo ${name} >>restarts
        rm -f ${STATE_DIR}/${name}.owed`,
  inputs: ({ restartOn, reloadOn = [] }) => [
    ...restartOn.map((resource) => ({ kind: 'restart' as const, resource })),
    ...reloadOn.map((resource) => ({ kind: 'reload' as const, resource })),
  ],
  owe: (name, kind) => sh`mkdir -p ${STATE_DIR}; echo ${kind} >${STATE_DIR}/${name}.owed`,
  interrupts: (name, is, changes) =>
    is !== 'absent' && is.running && changes.some((c) => c.action === 'restart') ? name : undefined,
})

/** A recipe with a test's resources. */
export const recipe = (name: string, resources: Recipe['resources'], more: Partial<Recipe> = {}): Recipe =>
  defineRecipe({ name, attributes: v.any(), resources, ...more })

export const role = (name: string, recipes: readonly Recipe[], after: readonly string[] = []): Role =>
  defineRole({ name, recipes, after })

export const host = (name: string, roles: readonly string[], vars: InventoryHost['vars'] = {}): InventoryHost => ({
  name,
  address: name,
  privateAddress: name,
  roles,
  vars,
  ssh: {},
})

/** A cluster of hosts that all have one role with one recipe. */
export const clusterOf = (names: readonly string[], one: Recipe, vars: InventoryHost['vars'] = {}) =>
  makeCluster(
    names.map((name) => host(name, ['all'], vars)),
    new Map([['all', role('all', [one])]]),
  )
