/** fast-check with this run's seed, which it prints where a property fails. */
import fc from 'fast-check'
import { seed } from './random.ts'

fc.configureGlobal({ seed: seed() })

export { fc }
