import type { GenericSchema } from 'valibot'
import { empty, join, type Script } from '../shell/script.ts'

/**
 * One difference between the actual and the wanted state of a resource. Programs decide on `action`, `attribute`,
 * `from` and `to`, and never read `text`.
 */
export interface Change {
  readonly action: 'create' | 'update' | 'remove' | 'restart' | 'reload'
  /** The attribute that differs ("mode"), if the change is about one. */
  readonly attribute?: string
  /** The attribute's value now. Never holds a secret. */
  readonly from?: string
  /** The attribute's wanted value. Never holds a secret. */
  readonly to?: string
  /**
   * For users, after the attribute or instead of it: what is created ("18 lines, root:root 0644"), or why. One line.
   * Never holds a secret.
   */
  readonly text?: string
  /** A unified diff's body (its hunks), for content that may be shown. */
  readonly diff?: string
  /**
   * The part of the wanted state that `text` does not show but two plans must agree on (a version, a content's digest),
   * for `apply --plan`. May be derived from a secret: it is stored only as a salted digest.
   */
  readonly fingerprint?: string
}

/**
 * A difference that must not be applied. `--allow NAME` waives it for one run (unless it is `final`), and then
 * `changes` are applied.
 */
export interface Refusal {
  /** The name that `--allow` takes, e.g. `zookeeper-id`. */
  readonly refusal: string
  /** One sentence: the state, the wanted state, and why not. */
  readonly reason: string
  /** One sentence: the way out. */
  readonly remedy: string
  readonly changes: readonly Change[]
  /** It cannot be waived: the user must remove the obstacle by hand. */
  readonly final?: true
  /** It is about who belongs to a quorum: none of the recipe's hosts that has steps is changed. Only for recipes. */
  readonly everywhere?: true
  /**
   * Hosts of earlier waves whose own change removes the reason: if all of them are part of the run, the recipe is not
   * asked before this host's turn. Only for recipes.
   */
  readonly endedBy?: readonly string[]
}

/** A resource that changes in the same run, and whose change restarts or reloads this one. */
export interface Trigger {
  readonly kind: 'restart' | 'reload'
  /** Its id, e.g. `file /etc/zookeeper/zoo.cfg`. */
  readonly resource: string
}

/** A resource's claim on a path of the host. */
export interface Place {
  readonly path: string
  /** `part`: some lines of a file; other resources may claim other lines. */
  readonly as: 'file' | 'part' | 'directory' | 'link' | 'nothing'
  /** For a directory: it is replaced as a whole. Default: it is changed in place. */
  readonly replaces?: 'itself'
  /** For a directory from which other entries are removed: may one of this name lie in it? */
  readonly admits?: (name: string) => boolean
}

/** A resource's claim on single lines of a file that others edit, too. */
export interface Lines {
  readonly path: string
  /** The lines that it keeps in the file. */
  keeps(): readonly string[]
  /** They must not be shown. */
  readonly secret?: true
  /** Would it replace or remove this line? `fixed`: the line has a fixed place among others. */
  drops?(line: string, fixed: boolean): boolean
  /** Its lines have a fixed place among others, as those of a block do. */
  readonly fixed?: true
  /** The pattern of the one line that it keeps: two resources with the same pattern would replace each other's line. */
  readonly place?: string
}

/** The kinds of number of which each belongs to one account only. */
export type IdKind = 'uid' | 'gid'

/** Something on the host that a resource depends on and does not create itself. */
export interface Need {
  /**
   * `straight`: a path without symbolic links in it. `path`: anything at that path. `place`: the directory of a file
   * that is edited where links lead. `unit`: one that systemd knows. `uid`, `gid`: a number that no other account than
   * `of` has.
   */
  readonly kind: 'user' | 'group' | 'directory' | 'program' | 'path' | 'place' | 'straight' | 'unit' | IdKind
  /** A name, or an absolute path. */
  readonly name: string
  /** The part of the recipe that requires it: "owner", "User= in the unit". If absent, the type itself requires it. */
  readonly of?: string
  /** The resource that provides it, if known: "package git". */
  readonly from?: string
  /** Only `plan` checks it, because the step reports its absence itself. */
  readonly planned?: true
  /** A later step may provide it. Only with `planned`. */
  readonly later?: true
}

/** One resource as its type sees it. */
export interface Item<Props> {
  readonly name: string
  readonly props: Props
}

/** The fields of one line of a probe's answer, without the resource's name. */
export type Fields = readonly string[]

/**
 * The content of a file before a step (absent: no file) and after it (absent: removed). `secret`: it must not be shown.
 */
export type Contents = { readonly before?: string; readonly after?: string } | 'secret'

/**
 * The behaviour of a type of resource. All of it is pure: scripts and answers are data.
 * For each item, a probe prints one or more lines `NAME<TAB>field<TAB>field…`. An item counts as absent only if the
 * probe *says* so, in the type's own words; an item without a line, or a probe that exits non-zero, is an error of the
 * host. A line `NAME<TAB>!<TAB>message` reports that this one item could not be observed.
 */
export interface ResourceType<Props, State> {
  readonly name: string
  /** One probe for all items: reads only, and succeeds on a bare host. */
  observe(items: readonly Item<Props>[]): Script
  /** Parses all lines of one item. */
  parse(records: readonly Fields[]): State | 'absent'
  /** `[]` means in sync. Pure. `triggers`: inputs that change in this run (only for types that have `inputs`). */
  diff(desired: Props, current: State | 'absent', triggers: readonly Trigger[]): readonly Change[] | Refusal
  /**
   * Reaches the wanted state from any state. Runs under `set -e`. A type has either this function or one of the next
   * two.
   */
  apply?(item: Item<Props>): Script
  /** Applies neighbouring items that differ in one call (one package-manager transaction, one daemon-reload). */
  applyTogether?(items: readonly Item<Props>[]): Script
  /** Starts work whose success only shows after a while, as with services; `settle` waits for that. */
  begin?(item: Item<Props>): Script
  /**
   * Waits until everything that `begin` started has settled. If something fails, calls `blame STEP` with the `$at` that
   * `begin` saw, unless `$at` was not set.
   */
  readonly settle?: Script
  /** Its steps need not wait until work that was started before them has settled. */
  readonly aside?: true
  /** sh functions that `apply` calls: a script contains them once, however many items there are. */
  readonly functions?: Script
  /** sh before the first step. `all`: what is in sync, too. */
  prelude?(all: readonly Item<Props>[]): Script
  /** sh functions that `observe` calls; several types may share one. */
  readonly probeFunctions?: readonly Script[]
  /** Resources whose change requires a restart or reload of this one. */
  inputs?(props: Props): readonly { readonly kind: 'restart' | 'reload'; readonly resource: Resource }[]
  /**
   * Records on the host that it owes a restart or reload (never weakens an owed restart); runs before the first input
   * changes. `changing`: the inputs that change, so that their old versions can be saved.
   */
  owe?(name: string, kind: 'restart' | 'reload', changing: readonly Resource[]): Script
  /**
   * Merges two declarations of one name, or returns `conflict`. Without it, the same name with other properties is an
   * error.
   */
  unite?(first: Props, second: Props): Props | 'conflict'
  /**
   * A warning about an item that is in sync, which is not a step ("nginx runs since before its config was last
   * written").
   */
  warn?(desired: Props, current: State | 'absent'): string | undefined
  /**
   * sh that prints what applying these items would install in addition, one line each; `!<TAB>NAME<TAB>sentence` says
   * what it would fail on. Reads only; used by `plan`, in a further exec. `steps`: all of the host that differs.
   */
  foresee?(items: readonly Item<Props>[], steps: readonly Resource[], all: readonly Resource[]): Script
  /**
   * The text of a file before and after, for recipes' refusals; undefined if it is not text, or was not read. Never
   * shown or stored.
   */
  contents?(desired: Props, current: State | 'absent'): Contents | undefined
  /**
   * The paths that it claims: two resources with conflicting claims on one path are a mistake, and a step that fails
   * says what blocks these paths.
   */
  places?(name: string, props: Props): readonly Place[]
  /** Its claims on single lines of a file: two resources that undo each other's edits are a mistake. */
  lines?(name: string, props: Props): Lines | readonly Lines[] | undefined
  /**
   * The number that the recipe gives it: two resources with one are a mistake, nothing that is made without a number
   * takes it (`$stated_uid` and `$stated_gid` list these for `apply`), and the step needs it to be free.
   */
  id?(props: Props): { readonly kind: IdKind; readonly number: number } | undefined
  /** What the host must have before the step: `plan` warns of what is missing, and the step then changes nothing. */
  needs?(name: string, props: Props): readonly Need[]
  /**
   * May its step provide what another resource needs, apart from its places and the paths below them? Default: no; but
   * a type without `places` may provide anything.
   */
  brings?(need: Need, name: string, props: Props): boolean
  /** Files that a tool changes on behalf of the whole type: if a step fails, obstacles there are reported, too. */
  readonly writes?: readonly string[]
  /** Does a reload suffice to bring the difference to a daemon that restarts on it? Default: no. */
  reloads?(desired: Props, current: State | 'absent'): boolean
  /** Its steps interrupt everything on the host: the host waits for its turn as a member of each of its quorums. */
  readonly interruptsHost?: true
  /** The running systemd unit that applying these changes would restart or stop; decides about turns. */
  interrupts?(name: string, current: State | 'absent', changes: readonly Change[]): string | undefined
}

/** A resource type, whatever its properties: it only ever receives properties of its own resources. */
export type AnyType = ResourceType<object, unknown>

/** A wanted state, as plain frozen data. The function that {@link defineResource} returns makes it. */
export interface Resource {
  readonly type: AnyType
  readonly name: string
  readonly props: object
  /** `TYPE NAME`, unique on a host. */
  readonly id: string
}

/** The function by which recipes declare resources of a type, together with the type itself. */
export interface Word<Input, Props, State> {
  (name: string, props: Input): Resource
  readonly type: ResourceType<Props, State>
  /** The schema of its properties, if it has one. */
  readonly properties?: GenericSchema
}

/** Is a value a resource, rather than plain data that contains some? */
export const isResource = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && 'id' in value && 'type' in value && 'props' in value

/** The sh that applies items in order. `settled`: also waits until they have settled. */
export function repair<Props>(
  type: Pick<ResourceType<Props, never>, 'apply' | 'applyTogether' | 'begin' | 'settle'>,
  items: readonly Item<Props>[],
  settled = true,
): Script {
  const { apply = type.begin, applyTogether, settle = empty } = type
  if (applyTogether !== undefined) return applyTogether(items)
  return join([...items.map((item) => (apply === undefined ? empty : apply(item))), settled ? settle : empty])
}
