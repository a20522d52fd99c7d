import * as v from 'valibot'
import { defineResource, type Resource, sh, systemdUnit } from '../../../src/index.ts'
import type { Need } from '../../../src/model/resource.ts'

/** A command's properties. */
export const run = (more: object = {}) => ({ run: ['true'], creates: '/no-such', ...more })
/** A unit of a service with these lines. */
export const unit = (lines: string): Resource => systemdUnit('x.service', { content: `[Service]\n${lines}\n` })
/** An archive's source. */
export const OLD = { source: 'https://example.com/a.tar.gz', sha256: 'a'.repeat(64) }

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
