#!/bin/sh
# Installs what `make torture` needs and Debian (or Ubuntu) does not bring along. It asks before nothing: it is run by
# `make torture`, and changes the system only by installing these packages:
#   strace     makes single calls to the system fail, or kills at them
#   e2fsprogs  makes ext4 file systems, and notes that nobody may change (chattr)
#   xfsprogs   makes xfs file systems, and stops one as a power cut does (xfs_io)
#   fuse3      makes file systems that fail or lie (with mfusepy, a Python package of the group `torture`)
set -eu

missing=""
for pair in strace:strace mkfs.ext4:e2fsprogs chattr:e2fsprogs mkfs.xfs:xfsprogs xfs_io:xfsprogs fusermount3:fuse3; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
if [ -z "$missing" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Not Debian: install$missing yourself. Faults that need them are skipped by name."
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Not root: run this as root to install$missing. Faults that need them are skipped by name."
    exit 0
fi
echo "Installing$missing"
apt-get update -qq
# shellcheck disable=SC2086 # one word for each package
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
