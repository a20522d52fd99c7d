import type { GenericSchema } from 'valibot'
import { empty, join, type Script } from '../shell/script.ts'

/**
 * One difference between the actual and the wanted state of a resource. Programs decide on `action`, `attribute`,
 * `from` and `to`, and never read `text`.
 */
export interface Change {
  readonly action: 'create' | 'update' | 'remove' | 'restart' | 'reload'
  /** The attribute that differs ("mode"), where the change is about one. */
  readonly attribute?: string
  /** What the attribute is. Never holds a secret. */
  readonly from?: string
  /** What it shall be. Never holds a secret. */
  readonly to?: string
  /**
   * For people, beside the attribute or in its place: what is made ("18 lines, root:root 0644"), why. One line. Never
   * holds a secret.
   */
  readonly text?: string
  /** A unified diff's body (its hunks), for content that may be shown. */
  readonly diff?: string
  /**
   * What of the wanted state `text` does not say but two plans must agree on (a version, a content's digest), for
   * `apply --plan`. May be made from a secret: it is only ever stored as a salted digest.
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
  /** One sentence: what is, what is wanted, why not. */
  readonly reason: string
  /** One sentence: the way out. */
  readonly remedy: string
  readonly changes: readonly Change[]
  /** Nobody can waive it: what is in the way must go by hand. */
  readonly final?: true
  /**
   * It is about what the recipe's hosts are together (who belongs to a quorum): none of those in the run that have
   * steps is changed. A recipe's only.
   */
  readonly everywhere?: true
  /**
   * Hosts of earlier waves whose own change ends it: where all of them are part of the run, it is not asked before the
   * host's turn. A recipe's only.
   */
  readonly endedBy?: readonly string[]
}

/** A resource that changes in the same run, and that this one restarts or reloads on. */
export interface Trigger {
  readonly kind: 'restart' | 'reload'
  /** Its id, e.g. `file /etc/zookeeper/zoo.cfg`. */
  readonly resource: string
}

/** What a resource decides about a path of the host. */
export interface Place {
  readonly path: string
  /** `part`: some lines of a file; others may decide on other lines of it. */
  readonly as: 'file' | 'part' | 'directory' | 'link' | 'nothing'
  /** Of a directory: what of it may be replaced or removed. Default: nothing, it is changed where it is. */
  readonly replaces?: 'itself' | 'entries'
}

/** What a resource says of single lines of a file that others write, too. */
export interface Lines {
  readonly path: string
  /** The lines that it keeps there. */
  keeps(): readonly string[]
  /** They must not be shown. */
  readonly secret?: true
  /** Would it replace or remove this line? `fixed`: one that stays at its place among others. */
  drops?(line: string, fixed: boolean): boolean
  /** Its lines stay where they are among others, as those of a block. */
  readonly fixed?: true
  /** The pattern of the one line that it keeps: two with the same one take turns. */
  readonly place?: string
}

/** Something of the host that a resource cannot do without, and does not make itself. */
export interface Need {
  /**
   * `straight`: a path without symbolic links in it. `path`: anything under it. `place`: the directory of a file that
   * is edited where links lead. `unit`: one that systemd knows.
   */
  readonly kind: 'user' | 'group' | 'directory' | 'program' | 'path' | 'place' | 'straight' | 'unit'
  /** A name, or an absolute path. */
  readonly name: string
  /** What in the recipe says so: "owner", "User= in the unit". Without it the type itself needs it. */
  readonly of?: string
  /** What brings it, where that is known: "package git". */
  readonly from?: string
  /** Only `plan` looks: the step says so itself. */
  readonly planned?: true
  /** What comes after the step may bring it. Only with `planned`. */
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
 * The content of a file before a step (absent: there is no file) and after it (absent: it is removed). `secret`: nobody
 * may read it.
 */
export type Contents = { readonly before?: string; readonly after?: string } | 'secret'

/**
 * The behaviour of a kind of resource. All of it is pure: scripts and answers are data.
 *
 * A probe prints, for each item, one or more lines `NAME<TAB>field<TAB>field…`. An item that is absent is one that the
 * probe *says* is absent, in the type's own words; an item without a line, or a probe that exits non-zero, is an error
 * of the host. A line `NAME<TAB>!<TAB>message` says that this one item could not be observed.
 */
export interface ResourceType<Props, State> {
  readonly name: string
  /** One probe for all items: reads only, succeeds on a bare host. */
  observe(items: readonly Item<Props>[]): Script
  /** All lines of one item. */
  parse(records: readonly Fields[]): State | 'absent'
  /** `[]` means in sync. Pure. `triggers`: inputs that change in this run (only for types that have `inputs`). */
  diff(desired: Props, current: State | 'absent', triggers: readonly Trigger[]): readonly Change[] | Refusal
  /** Reaches the wanted state from any state. Runs under `set -e`. A type has this one, or one of the next two. */
  apply?(item: Item<Props>): Script
  /** The same for neighbouring items that differ, in one call (one package-manager transaction, one daemon-reload). */
  applyTogether?(items: readonly Item<Props>[]): Script
  /**
   * The same where it only turns out after a while whether it has worked, as with services: `settle` waits for that.
   */
  begin?(item: Item<Props>): Script
  /**
   * Waits until all that was begun has settled. Fails where something has not: then it calls `blame STEP`, with the
   * `$at` that `begin` saw, unless that was not set.
   */
  readonly settle?: Script
  /** Its steps do not need what was begun before them to have settled: they need not wait. */
  readonly aside?: true
  /** sh functions that `apply` calls: a script has them once, however many items there are. */
  readonly functions?: Script
  /** The same for `observe`; several types may share one. */
  readonly probeFunctions?: readonly Script[]
  /** Resources whose change makes a restart or reload of this one necessary. */
  inputs?(props: Props): readonly { readonly kind: 'restart' | 'reload'; readonly resource: Resource }[]
  /**
   * Writes down on the host that a restart or reload is owed (a restart that is owed already stays one); runs before
   * the first of the inputs changes. `changing`: those of them that do, so that what they were can be kept.
   */
  owe?(name: string, kind: 'restart' | 'reload', changing: readonly Resource[]): Script
  /**
   * Unites two mentions of one name, or says `conflict`. Without it, the same name with other properties is an error.
   */
  unite?(first: Props, second: Props): Props | 'conflict'
  /**
   * A remark about one that is in sync, which is not a step ("nginx runs since before its config was last written").
   */
  warn?(desired: Props, current: State | 'absent'): string | undefined
  /**
   * What carrying these out would bring along beside them: one line each; `!<TAB>NAME<TAB>sentence` says what it will
   * fail on. Reads only; asked by `plan`, in a further exec. `steps`: all that differs on the host.
   */
  foresee?(items: readonly Item<Props>[], steps: readonly Resource[]): Script
  /**
   * The text of a file before and after, for what recipes refuse; undefined if it is no text, or was not read. Never
   * shown or stored.
   */
  contents?(desired: Props, current: State | 'absent'): Contents | undefined
  /**
   * The paths that it decides on: two resources that want different things of one path are a mistake, and a step that
   * fails says what stands in the way there.
   */
  places?(name: string, props: Props): readonly Place[]
  /** What it says of single lines of a file: two that undo what the other does are a mistake. */
  lines?(name: string, props: Props): Lines | undefined
  /** What must be on the host before: `plan` says what is not, and a step that lacks it changes nothing. */
  needs?(name: string, props: Props): readonly Need[]
  /**
   * May its step bring what another one needs, beside what lies at its places or below? Default: no; where a type has
   * no places either, anything.
   */
  brings?(need: Need, name: string, props: Props): boolean
  /** Files that a tool changes for it, as for all of its type: what stands in the way there is said, too. */
  readonly writes?: readonly string[]
  /** Does a reload bring what differs to a daemon that restarts on it? Default: no. */
  reloads?(desired: Props, current: State | 'absent'): boolean
  /** Its steps interrupt whatever runs on the host: the host waits for its turn with every member that it is. */
  readonly interruptsHost?: true
  /** The systemd unit that an apply of these changes would restart or stop while it runs, for rolling. */
  interrupts?(name: string, current: State | 'absent', changes: readonly Change[]): string | undefined
}

/** A resource type, whatever its properties: it is only ever given the properties of its own resources. */
export type AnyType = ResourceType<object, unknown>

/** A wanted state, as plain frozen data. It is made by the function that {@link defineResource} returns. */
export interface Resource {
  readonly type: AnyType
  readonly name: string
  readonly props: object
  /** `TYPE NAME`, unique on a host. */
  readonly id: string
}

/** The function by which recipes declare resources of a type, with the type itself. */
export interface Word<Input, Props, State> {
  (name: string, props: Input): Resource
  readonly type: ResourceType<Props, State>
  /** What it takes, if it is defined by a schema. */
  readonly properties?: GenericSchema
}

/** Whether a value is a resource, rather than plain data that contains some. */
export const isResource = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && 'id' in value && 'type' in value && 'props' in value

/** The sh that applies items in their order. `settled`: it also waits until they have settled. */
export function repair<Props>(
  type: Pick<ResourceType<Props, never>, 'apply' | 'applyTogether' | 'begin' | 'settle'>,
  items: readonly Item<Props>[],
  settled = true,
): Script {
  const { apply = type.begin, applyTogether, settle = empty } = type
  if (applyTogether !== undefined) return applyTogether(items)
  return join([...items.map((item) => (apply === undefined ? empty : apply(item))), settled ? settle : empty])
}
