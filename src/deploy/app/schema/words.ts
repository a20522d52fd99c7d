import * as v from 'valibot'
import { PATH_ID } from '../app.ts'

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** The pattern of a network's name. */
export const NETWORK = /^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/

/** An optional member. */
export const may = v.exactOptional

/** Any string. */
export const text = (description: string) => v.pipe(v.string(), v.description(description))

/** A non-empty string. */
export const filled = (description: string) => v.pipe(v.string(), v.minLength(1), v.description(description))

/** A string of at most `most` characters. */
export const upTo = (most: number, description: string) =>
  v.pipe(v.string(), v.minLength(1), v.maxLength(most), v.description(description))

/** A boolean. */
export const yes = (description: string) => v.pipe(v.boolean(), v.description(description))

/** A whole number, at least `min`. */
export const whole = (min: number, description: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.description(description))

/** A number, at least `min`. */
export const number = (min: number, description: string) =>
  v.pipe(v.number(), v.minValue(min), v.description(description))

/** A number from 0 to 1. */
export const share = (description: string) =>
  v.pipe(v.number(), v.minValue(0), v.maxValue(1), v.description(description))

/** A port; 0 lets Mesos choose one. */
export const port = (description: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535), v.description(description))

/** One of several strings. */
export const one = <const Options extends readonly string[]>(options: Options, description: string) =>
  v.pipe(v.picklist(options), v.description(description))

/** A list. */
export const list = <Item extends v.GenericSchema>(item: Item, description: string) =>
  v.pipe(v.array(item), v.description(description))

/** An object. */
export const object = <Entries extends v.ObjectEntries>(entries: Entries, description: string) =>
  v.pipe(v.object(entries), v.description(description))

/** An app's name. */
export const pathId = (description: string) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.regex(PATH_ID, 'a path of lower-case letters, digits, dashes and dots, like /rails-app'),
    v.description(description),
  )

/** A port's name. */
export const portName = (description: string) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.regex(LABEL, 'a name of lower-case letters, digits and dashes'),
    v.description(description),
  )

/** A name of at most 63 characters. */
export const shortName = (description: string) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(63),
    v.regex(LABEL, 'a name of lower-case letters, digits and dashes'),
    v.description(description),
  )

/** Strings by name. */
export const strings = (description: string) => v.pipe(v.record(v.string(), v.string()), v.description(description))

/** Labels, by name. */
export const labels = () => strings('Labels.')

/** A port's protocol. */
export const protocol = () => one(['tcp', 'udp', 'udp,tcp'], 'Default "tcp".')
