# shellcheck disable=SC2154 # tab, nl: set by overruled.ts; changed: files that change anyway, one a line

# overruled PATH LATER NAMES PROGRAM DIR…: prints `FILE<TAB>VALUE<TAB>SETTING` for each setting of the text on stdin,
# to be written to PATH, that a file of DIR… sets to something else and wins: one that is read LATER, or else earlier.
# NAMES is the pattern of names that are read there; PROGRAM calls set(SETTING, VALUE) for a line, in awk.
overruled() (
  own=${1##*/} later=$2 names=$3 program=$4
  shift 4
  files=$(for dir; do
    for file in "$dir"/*; do
      case $nl$changed$nl in *"$nl$file$nl"*) continue ;; esac
      [ ! -f "$file" ] || printf '%s\t%s\n' "${file##*/}" "$file"
    done
  done | sort -s -t "$tab" -k 1,1 | awk -F "$tab" -v own="$own" -v later="$later" -v names="$names" '
    !seen[$1]++ && $1 ~ names && (later ? $1 "" > own "" : $1 "" < own "") { print $2 }')
  [ -n "$files" ] || return 0
  set -f
  IFS=$nl
  # shellcheck disable=SC2086 # a path a line
  awk -v later="$later" '
    function set(setting, value) {
      if (FILENAME == "-") {
        if (!(setting in wanted)) order[++count] = setting
        wanted[setting] = value
      } else if (setting in wanted && (later || !(setting in by))) { by[setting] = FILENAME; is[setting] = value }
    }
    FNR == 1 { section = ""; over = 0; depth = 0 }
    '"$program"'
    END {
      for (i = 1; i <= count; i++) {
        setting = order[i]
        if (setting in by && is[setting] != wanted[setting]) printf "%s\t%s\t%s\n", by[setting], is[setting], setting
      }
    }' - $files
)

# foresee_overruled NAME PATH LATER …: says that of a file of a resource
foresee_overruled() {
  resource=$1
  shift
  if [ -n "$2" ]; then when=later; else when=earlier; fi
  overruled "$@" | while IFS=$tab read -r file value setting; do
    if [ "$value" = - ]; then says="has $setting, too"; else says="sets $setting to $value"; fi
    printf '!\t%s\t%s is read %s and wins: it %s\n' "$resource" "$file" "$when" "$says"
  done
}
