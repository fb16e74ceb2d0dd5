"""What Linux tells of its file systems and of the folders this process watches; elsewhere nothing is known."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

_REMOTE: Final = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "davfs",
        "fuse.davfs2",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "fuse.vmhgfs-fuse",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    }
)
"""File systems on which others write where this kernel does not see it; those of virtual machines are among them."""

_WATCHED_INODE = re.compile(rb"^inotify wd:[0-9a-f]+ ino:([0-9a-f]+) ", re.MULTILINE)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def watched_inodes() -> frozenset[int] | None:
    """The inodes of the folders this process has the system watch; None where that is not told."""
    if sys.platform != "linux":
        return None
    found: set[int] = set()
    try:
        for handle in os.listdir("/proc/self/fdinfo"):  # noqa: PTH208 - names are all there is to see
            try:
                told = Path(f"/proc/self/fdinfo/{handle}").read_bytes()
            except OSError:  # closed meanwhile
                continue
            found.update(int(inode, 16) for inode in _WATCHED_INODE.findall(told))
    except OSError:
        return None
    return frozenset(found)


def remote_file_system(root: Path) -> str | None:
    """The type of the file system `root` is on, if changes made elsewhere raise no events on it; else None."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        name = mounted_type(mounts, os.path.realpath(root))
    except OSError:
        return None
    return name if name in _REMOTE else None


def mounted_type(mountinfo: str, path: str) -> str:
    """The type of the file system that holds an absolute path, by the text of ``/proc/self/mountinfo``.

    See proc_pid_mountinfo(5): the mount point is the fifth field, the type the first behind a lone ``-``. Of mounts
    at one point the last hides the others. Empty when nothing is mounted there.
    """
    found, longest = "", -1
    for line in mountinfo.splitlines():
        before, _, behind = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not behind:
            continue
        point = _ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), fields[4]).rstrip("/")
        if (path == point or path.startswith(f"{point}/")) and len(point) >= longest:
            found, longest = behind.split(" ")[0], len(point)
    return found
