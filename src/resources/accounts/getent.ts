import { type Script, sh } from '../../shell/script.ts'

// The line of NAME in LIST, where MARK follows it: sets $line.
/**
 * sh that looks up all names in one call and sets `$found`; a list's line breaks alone split words from then on, and
 * nothing is a pattern. No processes but getent: there may be many names. Only "not found" (exit 2) means absent, and
 * only where root, who always is, was found: a name service that is broken answers the same.
 */
export const getent = (database: 'passwd' | 'group', names: readonly string[]): Script => sh`
  found=$(getent ${database} root ${names}) || [ $? -eq 2 ]
  case $found in root:*:0:*) ;; *) echo ${`getent ${database}: not even root was found`} >&2; exit 1 ;; esac
  IFS=${'\n'}; set -f
  case $found in *"$IFS"*) found=\${found#*"$IFS"} ;; *) found= ;; esac
  line_of() { for line in $3; do case $line in "$1$2"*) return ;; esac; done; line=; }`
