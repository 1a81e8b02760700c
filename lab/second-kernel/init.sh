#!/bin/busybox sh
# PID 1 of the guest. Its root is this machine's, read-only; here it gets one of its own: the machine's under a layer in
# memory. Words of the kernel's command line that the kernel does not know are variables here:
#   checkout  folder that the guest shares writable with the machine
#   job       folder on the machine with `command`, a shell script to run, into which its exit status is written
#   modules   folder of the kernel's modules
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# By its path: busybox runs its own commands through /proc/self/exe, which is still the machine's, where self is this kernel.
/bin/mount -t proc proc /proc
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mount -t tmpfs -o size=100% tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
cd /mnt/root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t devtmpfs devtmpfs dev
mkdir -p dev/pts dev/shm
mount -t devpts -o ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/lock run/netns run/job ".$checkout" lib/modules
mount -t hostfs -o "$job" hostfs run/job
mount -t hostfs -o "$checkout" hostfs ".$checkout"
ln -sfn "$modules" lib/modules/
ln -sfn /proc/self/fd dev/fd
ln -sfn fd/0 dev/stdin
ln -sfn fd/1 dev/stdout
ln -sfn fd/2 dev/stderr
mount --move . /
exec chroot . /bin/busybox sh "$checkout/lab/second-kernel/root.sh"
