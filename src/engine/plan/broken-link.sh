# broken_link PATH: reports the first symbolic link on the way to PATH that dangles or is part of a loop
broken_link() {
  rest=$1 way=''
  while [ -n "$rest" ]; do
    rest=${rest#/}
    way=$way/${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
    if [ ! -L "$way" ] || [ -e "$way" ]; then continue; fi
    end=$way hops=0
    while [ -L "$end" ] && [ $((hops += 1)) -le 40 ]; do
      to=$(readlink -- "$end")
      case $to in /*) end=$to ;; *) end=${end%/*}/$to ;; esac
    done
    if [ -L "$end" ]; then
      echo "$way is a symbolic link that leads in a circle"
    else
      echo "$way is a symbolic link to $(readlink -- "$way"), and nothing is there"
    fi
    return
  done
  return 1
}
