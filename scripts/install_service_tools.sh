#!/usr/bin/env bash
# Installs what the tests of the service ask: systemd-analyze, which checks a unit without running it.
# Debian and its kin only. Nothing is started, and systemd does not become the init of this system.
set -euo pipefail
if command -v systemd-analyze >/dev/null; then
  echo "systemd-analyze is here: $(systemd-analyze --version | head -n 1)"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "There is no apt-get here. Install systemd with your own package manager; its tests are skipped until then." >&2
  exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update
"${as_root[@]}" apt-get install --yes --no-install-recommends systemd
