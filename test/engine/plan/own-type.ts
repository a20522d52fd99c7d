import * as v from 'valibot'
import { defineResource, type Resource, sh } from '../../../src/index.ts'
import type { Need } from '../../../src/model/resource.ts'

/** A resource of a user's own type that needs this, and brings the user `joe-here`. */
export const own = (needs: Need): Resource =>
  defineResource({
    name: 'own',
    properties: v.object({}),
    observe: () => sh``,
    parse: () => 'absent' as const,
    diff: () => [],
    apply: () => sh`exit 9`,
    needs: () => [needs],
    brings: ({ kind, name }) => kind === 'user' && name === 'joe-here',
  })('x', {})
