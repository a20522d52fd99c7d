# shellcheck disable=SC2154 # answer: a `systemctl show` of the units; tab, nl: both set by service-look.ts

# tell_units NAME…
tell_units() {
  wanted='' file=
  printf '%s\n\n' "$answer" | while IFS= read -r line; do
    case $line in
    '')
      case $file in static | indirect | generated | failed) printf '%s' "$wanted" ;; esac
      wanted='' file=
      shift
      ;;
    UnitFileState=?*)
      [ "$file" = failed ] || file=${line#*=}
      printf '%s\t%s\n' "$1" "$line"
      ;;
    ActiveState=failed)
      file=failed
      printf '%s\t%s\n' "$1" "$line"
      ;;
    WantedBy=?* | RequiredBy=?* | UpheldBy=?* | TriggeredBy=?*) wanted="$wanted$1$tab$line$nl" ;;
    SourcePath=/etc/init.d/*)
      script=disabled
      for link in /etc/rc[S5].d/S[0-9][0-9]"${line##*/}"; do [ ! -e "$link" ] || script=enabled; done
      printf '%s\tscript=%s\n' "$1" $script
      ;;
    NRestarts=[1-9]*)
      read -r up rest </proc/uptime
      printf '%s\t%s\n%s\tup=%s\n' "$1" "$line" "$1" "$up"
      ;;
    *= | NRestarts=* | SourcePath=* | CanReload=yes | FragmentPath=/[!e]*) ;;
    *) printf '%s\t%s\n' "$1" "$line" ;;
    esac
  done
}
