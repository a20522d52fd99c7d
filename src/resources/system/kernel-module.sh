# has_module NAME: is it in the kernel? NAME as the kernel spells it. Some that are built in are not in /sys/module.
has_module() {
  [ -d "/sys/module/$1" ] || grep -qsE "/$(printf %s "$1" | sed 's/_/[-_]/g')\.ko$" "/lib/modules/$(uname -r)/modules.builtin"
}

# load_module NAME SPELT: fails, and says why, unless the kernel has it, and would have it after a boot
load_module() {
  has_module "$2" || said=$(modprobe -- "$1" 2>&1) || {
    echo "kernelModule $1: it cannot be loaded: $said" >&2
    return 1
  }
  has_module "$2" || {
    other=$(modprobe -R -- "$1" 2>/dev/null | tr - _ | grep -vx -e "$2" | tr '\n' ' ') || :
    if [ -n "$other" ]; then
      echo "kernelModule $1: that is another name for ${other% }: write that name" >&2
    else
      echo "kernelModule $1: modprobe reports success, but the kernel does not have it; is there an \"install $1\" in /etc/modprobe.d?" >&2
    fi
    return 1
  }
  ! modprobe --showconfig 2>/dev/null | tr - _ | grep -qx -e "blacklist $2" || {
    echo "kernelModule $1: a boot would not load it, because there is a \"blacklist $1\" in /etc/modprobe.d" >&2
    return 1
  }
}
