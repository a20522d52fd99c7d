import { type Script, sh } from '../../shell/script.ts'

// line_of NAME MARK LIST: sets $line to the line in LIST that starts with NAME and MARK
/**
 * sh that looks up all names in one call and sets `$found`. From then on only line breaks split words, and globbing is
 * off. Starts no process but getent, because there may be many names. Only "not found" (exit 2) means absent, and only
 * if root, who always exists, was found: a broken name service gives the same answer.
 */
export const getent = (database: 'passwd' | 'group', names: readonly string[]): Script => sh`
  found=$(getent ${database} root ${names}) || [ $? -eq 2 ]
  case $found in root:*:0:*) ;; *) echo ${`getent ${database}: not even root was found`} >&2; exit 1 ;; esac
  IFS=${'\n'}; set -f
  case $found in *"$IFS"*) found=\${found#*"$IFS"} ;; *) found= ;; esac
  line_of() { for line in $3; do case $line in "$1$2"*) return ;; esac; done; line=; }`
