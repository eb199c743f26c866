# Runs a command on a machine that has Python and sh, and nothing else: in a root folder of its own, with namespaces for
# mounts and processes that end with it.
# usage: unshare --mount --pid --fork --kill-child --mount-proc sh bare_machine.sh ROOT PYTHON_PREFIX COMMAND [PATH…]
#        PATH: what the package installer's configuration names; seen read-only at the same place
set -eu
root=$1 prefix=$2 command=$3
shift 3

seen() {
    if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root$(dirname "$1")" && : >"$root$1"; fi
    mount --bind "$1" "$root$1"
    mount -o remount,bind,ro "$root$1"
}

mkdir -p "$root/dev" "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
for path in "$prefix" "$@"; do seen "$path"; done
for packages in "$root$prefix"/lib/python3*/site-packages; do mount -t tmpfs none "$packages"; done

chroot "$root" /bin/sh -c "cd /smtui && $command" || { echo "The command failed." && exit 1; }
