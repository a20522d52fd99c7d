import { join, type Script, sh, shFile } from '../../../shell/script.ts'
import { dirName } from '../path.ts'

/**
 * How the files of a folder are read together: which of two files wins that set the same, and what a line sets, in awk
 * (`set(SETTING, VALUE)`; `section`, `depth` and `over` are new in each file). Left out is what adds up.
 */
interface Together {
  readonly wins: 'first' | 'last'
  readonly lines: string
  /** The same folders below /run, /usr/local/lib and /usr/lib are read, too. */
  readonly systemd?: true
}

/** awk that sets `v` to what comes behind a pattern, without quotes. */
const behind = (pattern: string): string =>
  String.raw`v = $0; sub(/${pattern}/, "", v); gsub(/^[ \t"']+|[ \t"';]+$/, "", v)`

/** systemd's settings that add up, or of which a unit may have several. */
const ADDED = `^(${`
  After Also Alias Assert.* Before Bind.* Condition.* Conflicts DNS Device.*
  Documentation Domains Environment.* Exec.* IPAddress.* Listen.* NTP On[A-Z].* PartOf
  PassEnvironment RequiredBy Requires Requisite Restrict.* Socket.* SupplementaryGroups
  SystemCall.* UpheldBy Upholds WantedBy Wants .*Capabilit.* .*Credential.* .*Directory
  .*Paths`
  .trim()
  .split(/\s+/)
  .join('|')})$`

const ini: Together = {
  wins: 'last',
  systemd: true,
  lines: String.raw`
    /^\[/ { section = $0 }
    /^[A-Za-z]+[ \t]*=/ {
      k = $0; sub(/[ \t]*=.*/, "", k); ${behind('^[^=]*=')}
      if (k !~ /${ADDED}/) set(section " " k "=", v)
    }`,
}

/** Formats by name. */
export const TOGETHER = {
  limits: {
    wins: 'last',
    lines: `
    { sub(/#.*/, "") }
    NF >= 4 {
      v = $4 ~ /^(-1|infinity)$/ ? "unlimited" : $4
      if ($2 != "hard") set($1 " soft " $3, v)
      if ($2 != "soft") set($1 " hard " $3, v)
    }`,
  },
  sysctl: {
    wins: 'last',
    systemd: true,
    lines: String.raw`
    /^[ \t]*-?[A-Za-z][^=]*=/ {
      k = $1; sub(/=.*/, "", k); sub(/^-/, "", k); gsub("/", ".", k); ${behind('^[^=]*=')}
      gsub(/[ \t]+/, " ", v); set(k, v)
    }`,
  },
  sshd: {
    wins: 'first',
    lines: String.raw`
    tolower($1) == "match" { over = 1 }
    !over && /^[ \t]*[A-Za-z]/ {
      k = tolower($1); sub(/=.*/, "", k); ${behind(String.raw`^[ \t]*[A-Za-z]+[ \t=]*`)}
      if (k !~ /^(acceptenv|(allow|deny)(users|groups)|hostkey|include|listenaddress|port|subsystem)$/) set(k, v)
    }`,
  },
  apt: {
    wins: 'last',
    lines: String.raw`
    !depth && /^[A-Za-z][A-Za-z0-9:_-]*[ \t]+[^{]*;/ && $1 !~ /::$/ {
      ${behind(String.raw`^[^ \t]+[ \t]+`)}; set(tolower($1), v)
    }
    { depth += gsub(/\{/, "") - gsub(/\}/, "") }`,
  },
  shell: {
    wins: 'last',
    lines: String.raw`
    /^(export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=/ {
      k = $0; sub(/^export[ \t]+/, "", k); sub(/=.*/, "", k); ${behind('^[^=]*=')}
      if (index(v, "$" k) == 0 && index(v, "{" k) == 0) set(k, v)
    }`,
  },
  modprobe: {
    wins: 'last',
    systemd: true,
    lines: `
    $1 == "options" {
      m = $2; gsub("-", "_", m)
      for (f = 3; f <= NF; f++) { k = $f; sub(/=.*/, "", k); v = $f; sub(/^[^=]*=?/, "", v); set(m " " k, v) }
    }`,
  },
  tmpfiles: {
    wins: 'first',
    systemd: true,
    lines: `/^[fFwdDevqQpLcbC]/ { k = $2; $2 = ""; sub(/  /, " "); set(k, $0) }`,
  },
  logrotate: {
    wins: 'first',
    lines: String.raw`
    { sub(/#.*/, "") }
    !depth {
      for (f = 1; f <= NF && $f != "{"; f++)
        if ($f ~ /^"?\//) { gsub(/"/, "", $f); set($f, FILENAME == "-" ? "" : "-") }
    }
    { depth += gsub(/\{/, "") - gsub(/\}/, "") }`,
  },
  sudo: {
    wins: 'last',
    lines: String.raw`
    { sub(/#.*/, "") }
    /^Defaults/ {
      for (f = 2; f <= NF; f++) {
        k = $f; sub(/,$/, "", k); v = k; sub(/[+-]?=.*/, "", k); sub(/^!/, "", k)
        if ($1 $f !~ /[+-]=/) set($1 " " k, v)
      }
      next
    }
    /^[%A-Za-z_#+].*=/ && !/_Alias/ {
      k = $0; v = ""
      while (match(k, /(NO)?(PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW):[ \t]*/)) {
        v = v substr(k, RSTART, RLENGTH); k = substr(k, 1, RSTART - 1) substr(k, RSTART + RLENGTH)
      }
      gsub(/[ \t]+/, " ", k); gsub(/ *= */, "=", k); gsub(/[ \t]+/, "", v); sub(/ $/, "", k)
      set(k, v == "" ? "PASSWD:" : v)
    }`,
  },
  ini,
} as const satisfies Readonly<Record<string, Together>>

/** sh functions `overruled` and `foresee_overruled`. `changed`: files that the same run changes. */
export const overruledFunctions = (changed: readonly string[] = []): Script =>
  join([sh`tab=${'\t'} nl=${'\n'} changed=${changed.join('\n')}`, shFile(import.meta.url, './overruled.sh')])

/** awk's form of a pattern of names. */
const awkPattern = ({ source }: RegExp): string => source.replaceAll('\\.', '[.]').replaceAll('\\w', 'A-Za-z0-9_')

/** The arguments of `overruled` for a file, whose text is on stdin. `names`: of the files that are read there. */
export function overruledBy(path: string, names: RegExp, { wins, lines, systemd }: Together): readonly string[] {
  const folder = dirName(path)
  const folders =
    systemd && folder.startsWith('/etc/')
      ? ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map((top) => `${top}${folder.slice('/etc'.length)}`)
      : [folder]
  return [path, wins === 'last' ? 'yes' : '', awkPattern(names), lines, ...folders]
}
