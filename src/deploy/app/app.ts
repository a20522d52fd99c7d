import type { Definition } from '../../clients/marathon-answers.ts'
import type { Secret } from '../../shell/secret.ts'

/** An app that is to be deployed. */
export interface App {
  /** Its id, from `/` on. */
  readonly id: string
  /** What is sent, secrets still hidden. */
  readonly definition: Definition
  readonly secrets: readonly Secret[]
}

/** An app's id as Marathon writes it. */
export const appId = (id: string): string => `/${id.split('/').filter(Boolean).join('/')}`
