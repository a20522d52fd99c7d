import { didYouMean } from '../lib/did-you-mean.ts'
import type { Script } from '../shell/script.ts'

/** What one line of a plan says about a resource. */
export interface Change {
  readonly action: 'create' | 'update' | 'remove' | 'restart' | 'reload'
  /** One line: what differs ("mode 0600 → 0644"), or what is made ("18 lines, root:root 0644"). Never holds a secret. */
  readonly text: string
  /** A unified diff's body (its hunks), for content that may be shown. */
  readonly diff?: string
  /**
   * What of the wanted state `text` does not say but two plans must agree on (a version, a content's digest), for `apply --plan`.
   * May be made from a secret: it is only ever stored as a salted digest.
   */
  readonly fingerprint?: string
}

/** A difference that must not be applied. `--allow NAME` waives it for one run (unless it is `final`): then `changes` are what is done. */
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
  /** It is about what the recipe's hosts are together (who belongs to a quorum): none of those in the run that have steps is changed. A recipe's only. */
  readonly everywhere?: true
}

/** A resource that will change in the same run and that this one restarts or reloads on. */
export interface Trigger {
  readonly kind: 'restart' | 'reload'
  /** Its id, e.g. `file /etc/zookeeper/zoo.cfg`. */
  readonly resource: string
}

/** One resource as its type sees it. */
export interface Item<Props> {
  readonly name: string
  readonly props: Props
}

/** What stands behind one tab-separated line of a probe's answer, without the name it begins with. */
export type Fields = readonly string[]

/**
 * The behaviour of a kind of resource. All of it is pure: scripts and answers are data.
 *
 * A probe prints, for each item, one or more lines `NAME<TAB>field<TAB>field…`. An item that is absent is one that the probe *says* is
 * absent, in the type's own words; an item without a line, or a probe that exits non-zero, is an error of the host.
 * A line `NAME<TAB>!<TAB>message` says that this one item could not be observed.
 */
export interface ResourceType<Props, State> {
  readonly name: string
  /** One probe for all items: reads only, succeeds on a bare host. */
  observe(items: readonly Item<Props>[]): Script
  /** All lines of one item. */
  parse(records: readonly Fields[]): State | 'absent'
  /** `[]` means in sync. Pure. `triggers`: inputs that change in this run (only for types that have `inputs`). */
  diff(desired: Props, current: State | 'absent', triggers: readonly Trigger[]): readonly Change[] | Refusal
  /** Reaches the wanted state from any state. Runs under `set -e`. Gets one item, or neighbours where `together` is set. */
  apply(items: readonly Item<Props>[]): Script
  /** sh functions that `apply` calls: a script has them once, however many items there are. */
  readonly functions?: Script
  /** The same for `observe`; several types may share one. */
  readonly probeFunctions?: readonly Script[]
  /** Neighbouring items that differ are applied by one call (one package-manager transaction, one daemon-reload). */
  readonly together?: true
  /** Resources whose change makes a restart or reload of this one necessary. */
  inputs?(props: Props): readonly { readonly kind: 'restart' | 'reload'; readonly resource: Resource }[]
  /** Writes down on the host that a restart or reload is owed (a restart that is owed already stays one); runs before the first of the inputs changes. */
  owe?(name: string, kind: 'restart' | 'reload'): Script
  /** Unites two mentions of one name, or says `conflict`. Without it, the same name with other properties is an error. */
  unite?(first: Props, second: Props): Props | 'conflict'
  /** A remark about one that is in sync, which is not a step ("nginx runs since before its config was last written"). */
  warn?(desired: Props, current: State | 'absent'): string | undefined
  /** What carrying these out would bring along beside them: one line each. Reads only; asked by `plan`, in a further exec. */
  foresee?(items: readonly Item<Props>[]): Script
  /** The systemd unit that an apply of these changes would restart or stop while it runs, for rolling. */
  interrupts?(name: string, current: State | 'absent', changes: readonly Change[]): string | undefined
}

/** A wanted state: plain frozen data. Made by the word that {@link defineResource} returns. */
export interface Resource {
  readonly type: ResourceType<never, never>
  readonly name: string
  readonly props: object
  /** `TYPE NAME`, unique on a host. */
  readonly id: string
}

/** The word a recipe writes and the type behind it. */
export interface Word<Input, Props, State> {
  (name: string, props: Input): Resource
  readonly type: ResourceType<Props, State>
}

/** Every property of a resource's input, by name. */
export type Names<Input> = { readonly [Name in keyof Input]-?: true }

const freeze = <T>(value: T): T => {
  if (Array.isArray(value) || (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)) {
    for (const v of Object.values(value as object)) freeze(v)
    Object.freeze(value)
  }
  return value
}

/** Is this a resource (rather than plain data that holds some)? */
export const isResource = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && 'id' in value && 'type' in value && 'props' in value

/**
 * Defines a kind of resource: the word and the behaviour.
 * @param normalise turns what a recipe writes into full properties (defaults filled in), and throws a one-sentence error for what can never be right.
 * @param takes the names of the properties: users' files are not type-checked before they run, and a misspelt one must not be a default. Without it any name is taken.
 */
export function defineResource<Input, Props extends object, State>(
  type: ResourceType<Props, State>,
  normalise: (input: Input, name: string) => Props,
  takes?: Names<Input>,
): Word<Input, Props, State> {
  const word = (name: string, input: Input): Resource => {
    if (name === '' || /[\t\n\0]/.test(name))
      throw new TypeError(`${type.name} ${JSON.stringify(name)}: a name cannot be empty or hold a tab, a line break or a NUL`)
    const what = `${type.name} ${JSON.stringify(name)}`
    if (typeof input !== 'object' || input === null)
      throw new TypeError(`${what}: its properties are missing; write {} where there are none`)
    const unknown = takes && Object.keys(input).find((key) => !Object.hasOwn(takes, key))
    if (unknown !== undefined) throw new TypeError(`${what} has no property "${unknown}"${didYouMean(unknown, Object.keys(takes ?? {}))}`)
    return Object.freeze({ type: type as never, name, props: freeze(normalise(input, name)), id: `${type.name} ${name}` })
  }
  return Object.assign(word, { type })
}
