import { join, type Script, sh } from '../../shell/script.ts'

/** sh that prefixes each line `PART<TAB>…` of a probe with its item: `ITEM<TAB>WORD<TAB>PART<TAB>…`. */
export function relabel(
  word: string,
  probe: Script,
  parts: readonly { readonly item: string; readonly part: string }[],
): Script {
  const cases = join(parts.map(({ item, part }) => sh`${`${part}\t`}*) item=${item} ;;`))
  return sh`
    tab=${'\t'} lines=$(
    ${probe}
    )
    printf '%s\n' "$lines" | while IFS= read -r line; do
    case $line in ${cases} *) continue ;; esac
    case $line in
    *"$tab!$tab"*) printf '%s\t!\t%s\n' "$item" "\${line##*$tab}" ;;
    *) printf '%s\t%s\t%s\n' "$item" ${word} "$line" ;;
    esac
    done`
}
