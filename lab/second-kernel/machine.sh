# Runs the guest's kernel, as the first process of its own process and mount namespaces: when it ends, all of the guest
# ends with it, and the folder in memory that holds the guest's memory and the job is gone.
# Arguments: the job's command, as a shell script; then the kernel and its arguments.
set -eu
job=/dev/shm
mkdir -p $job
mount -t tmpfs -o mode=700,size=100% tmpfs $job
printf '%s' "$1" >$job/command
shift
# A panic is an abort, which would leave a core file.
ulimit -c 0
cd $job
TMPDIR=$job HOME=$job "$@" 3>&1 4>&2 >$job/log 2>&1 || true
if [ -s $job/status ]; then exit "$(cat $job/status)"; fi
echo "second kernel: the guest ended before the command did; the last its kernel said:" >&2
tail -n 40 $job/log >&2
exit 125
