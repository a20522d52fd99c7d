# Reads the current boot and the reasons for a reboot: boot, required, kernels.
# shellcheck disable=SC2034 # printed by reboot.ts
required=no
if [ -e /run/reboot-required ]; then
  required="yes $(sort -u /run/reboot-required.pkgs 2>/dev/null | head -n 20 | tr '\n' ' ')"
fi
kernels=
for file in /boot/vmlinuz-*; do [ ! -e "$file" ] || kernels="$kernels${file#/boot/vmlinuz-} "; done
boot=$(cat /proc/sys/kernel/random/boot_id)
