import type { Definition } from '../../clients/marathon-answers.ts'
import type { Secret } from '../../shell/secret.ts'

/** An app to deploy. */
export interface App {
  /** The app's id; begins with `/`. */
  readonly id: string
  /** The definition to send. Secrets are still hidden in it. */
  readonly definition: Definition
  readonly secrets: readonly Secret[]
}

/** An app's id as Marathon writes it. */
export const appId = (id: string): string => `/${id.split('/').filter(Boolean).join('/')}`
