# shellcheck disable=SC2154 # few, nl: set by kit/stat.ts, most_inline by file.ts; quiet: the caller's, paths that are not printed, one a line

# look_at_files LINE …: each line is `DIGEST  PATH`, as sha256sum prints it. Reads only plain files: a FIFO would hang
# the probe.
look_at_files() {
  if [ $# -gt "$few" ]; then
    names=$(printf '%s\n' "$@" | cut -c67-)
  else
    names=
    for line; do names=$names${line#*  }$nl; done
  fi
  stat_names $#
  differ=$(for line; do
    name=${line#*  }
    case $line in -*) ;; *) if [ -f "$name" ] && [ ! -L "$name" ]; then printf '%s\n' "$line"; fi ;; esac
  done | sha256sum -c --quiet 2>/dev/null) || case $? in
  1) ;; # some differ
  127) echo 'sha256sum: not found' >&2 && exit 127 ;;
  *) exit 1 ;;
  esac
  sent=
  for name in $differ; do
    case $name in
    *': FAILED') name=${name%: FAILED} ;;
    *)
      printf '%s\t!\tcannot be read\n' "${name%: FAILED*}"
      continue
      ;;
    esac
    case $name in \\*) name=$(printf %b "${name#?}") ;; esac
    case $quiet in
    *"$IFS$name$IFS"*) printf '%s\tdiffers\n' "$name" ;;
    *) sent=$sent$name$nl ;;
    esac
  done
  # shellcheck disable=SC2086 # sent: words
  send_contents $sent
}

# send_contents PATH …: prints how each file begins; many-files.sh does it for many
send_contents() {
  for name; do
    printf '%s\tcontent\t' "$name"
    head -c "$most_inline" -- "$name" | base64 -w0
    echo
  done
}
