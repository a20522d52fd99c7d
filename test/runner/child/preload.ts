/** Preloaded for a test file: replaces `uvu` by the one that reports. */
import { register } from 'node:module'

register('./resolve.js', import.meta.url)
