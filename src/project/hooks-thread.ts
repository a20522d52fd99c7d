import type { LoadHook, ResolveHook } from 'node:module'
import { type HookData, Hooks } from './hooks.ts'

// For `module.register`: Node loads this file once in the thread of its hooks, and calls `initialize` each time.
let hooks: Hooks | undefined

/** Called once for each folder of users' files that a program works in. */
export const initialize = (data: HookData): void => {
  if (hooks === undefined) hooks = new Hooks(data)
  else hooks.add(data)
}

/** What Node asks for where a module is. */
export const resolve: ResolveHook = (specifier, context, next) =>
  hooks === undefined ? next(specifier, context) : hooks.resolve(specifier, context, next)

/** What Node asks for the text of a module. */
export const load: LoadHook = (url, context, next) =>
  hooks === undefined ? next(url, context) : hooks.load(url, context, next)
