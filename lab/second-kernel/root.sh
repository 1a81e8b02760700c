# PID 1 of the guest, when its root is in place: loads modules, runs the command, writes its exit status, halts.
# Output passes through pipes, so that the command does not think it writes to a terminal.
set -eu
here=$checkout/lab/second-kernel

hostname second-kernel
ip link set lo up
# What asks for them does not load them by itself: the rest the kernel loads when it is asked for a device or a match.
modprobe -a 8021q br_netfilter geneve macvlan openvswitch tun vxlan

# This kernel has no nftables for IP: the older tools, and before one of them the project's.
for family in iptables ip6tables arptables ebtables; do
  for action in '' -save -restore; do
    [ ! -e "/usr/sbin/$family-legacy$action" ] || ln -sfn "/usr/sbin/$family-legacy$action" "/etc/alternatives/$family$action"
  done
done
for family in iptables ip6tables; do ln -sfn "$here/restore.sh" "/etc/alternatives/$family-restore"; done

mkfifo /run/output /run/errors
for terminal in /dev/tty1 /dev/tty2; do stty -F $terminal raw -echo; done
cat /run/output >/dev/tty1 &
cat /run/errors >/dev/tty2 &
# Its own process namespace: what it leaves behind ends with it.
status=0
unshare --pid --fork --mount-proc /bin/sh /run/job/command </dev/null >/run/output 2>/run/errors || status=$?
wait
# Returns when the terminals have passed on everything.
for terminal in /dev/tty1 /dev/tty2; do stty -F $terminal raw; done
echo $status >/run/job/status
sync
poweroff -f
