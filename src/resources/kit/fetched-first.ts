import { type Script, sh } from '../../shell/script.ts'
import { Secret } from '../../shell/secret.ts'
import type { Content } from './content.ts'
import { downloadFunctions } from './download.ts'
import { fetch } from './fetch.ts'

/** sh that downloads content if it comes from a URL, uses it as `"$fetched"`, and then removes the download. */
export const fetchedFirst = ({ word }: Content, use: Script): Script =>
  typeof word !== 'object' || word instanceof Secret || !('url' in word)
    ? use
    : sh`
      (
      ${downloadFunctions}
      ${fetch(word.url)}
      ${use}
      rm -f "$download"
      )`
