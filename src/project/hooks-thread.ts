import type { LoadHook, ResolveHook } from 'node:module'
import { type HookData, Hooks } from './hooks.ts'

// For `module.register`: Node loads this file once in the hooks' thread, and calls `initialize` for each registration.
let hooks: Hooks | undefined

/** Called once per folder of users' files. */
export const initialize = (data: HookData): void => {
  if (hooks === undefined) hooks = new Hooks(data)
  else hooks.add(data)
}

/** Node calls this to resolve a module. */
export const resolve: ResolveHook = (specifier, context, next) =>
  hooks === undefined ? next(specifier, context) : hooks.resolve(specifier, context, next)

/** Node calls this to load a module's text. */
export const load: LoadHook = (url, context, next) =>
  hooks === undefined ? next(url, context) : hooks.load(url, context, next)
