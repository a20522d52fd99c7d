import { base } from '../recipes/base.ts'
import { defineRole } from '../src/index.ts'

/** A host with only the base. */
export const role = defineRole({ name: 'base', recipes: [base] })
