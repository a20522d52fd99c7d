# booted SECONDS: waits until cloud-init has finished, and prints its result.
booted() {
  command -v cloud-init >/dev/null || {
    echo booted
    return
  }
  n=0
  until [ -e /var/lib/cloud/instance/boot-finished ]; do
    n=$((n + 1))
    [ "$n" -le "$1" ] || {
      echo late
      tail -n 3 /var/log/cloud-init-output.log 2>/dev/null
      return
    }
    sleep 1
  done
  # 2: it has recovered from an error
  cloud-init status >/dev/null 2>&1
  [ $? = 1 ] && {
    echo failed
    cloud-init status --long | sed '1,/^detail:/d' | head -n 3
    return
  }
  echo booted
}

# new_key: creates a host key beside the current one, and prints its public half.
new_key() {
  cd /etc/ssh || return
  rm -f .provision_host_key .provision_host_key.pub
  ssh-keygen -q -t ed25519 -N '' -C '' -f .provision_host_key && cat .provision_host_key.pub
}

# take_key: puts the new key into use.
take_key() {
  cd /etc/ssh || return
  chmod 600 .provision_host_key && chmod 644 .provision_host_key.pub || return
  mv -f .provision_host_key.pub ssh_host_ed25519_key.pub && mv -f .provision_host_key ssh_host_ed25519_key || return
  sync
  systemctl reload ssh 2>/dev/null || systemctl reload sshd 2>/dev/null || pkill -o -HUP -x sshd
}
