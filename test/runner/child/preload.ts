/** Loaded before a test file: its `uvu` is the one that reports. */
import { register } from 'node:module'

register('./resolve.js', import.meta.url)
