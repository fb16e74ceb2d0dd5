#!/usr/bin/env bash
# Installs the calendar programs and parsers that the tests marked `client` drive, beside vdirsyncer and khal:
#   into .venv/                      ical, todoman, vobject    from PyPI, as tests/clients/requirements.txt pins them
#   into tests/clients/node_modules  ical.js, node-ical, ts-ics    from npm, as tests/clients/package-lock.json pins them
#   into this system, Debian and its kin only    libical, calcurse; with --desktop, which is some hundreds of megabytes,
#                                    Thunderbird, Evolution-Data-Server and the Python bindings it is asked through as well
# What cannot be had is left out; its tests are skipped by name. No script of an npm package is run.
# Needs .venv/ (`make test` makes it).
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()

.venv/bin/python -m pip install --quiet --requirement tests/clients/requirements.txt \
  || missing+=("ical, todoman and vobject")

if command -v npm >/dev/null; then
  npm ci --prefix tests/clients --ignore-scripts --no-audit --no-fund || missing+=("the npm packages")
else
  missing+=("the npm packages: there is no npm")
fi

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

install_packages() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

if command -v apt-get >/dev/null; then
  "${as_root[@]}" apt-get update || true
  install_packages libical3 calcurse || missing+=("libical and calcurse")
  if [ "${1:-}" = --desktop ]; then
    install_packages thunderbird || missing+=("Thunderbird")
    install_packages evolution-data-server gir1.2-ecal-2.0 python3-gi dbus || missing+=("Evolution-Data-Server")
  fi
else
  missing+=("libical, calcurse, Thunderbird and Evolution-Data-Server: there is no apt-get")
fi

for what in "${missing[@]}"; do
  echo "Not installed: $what. Their tests are skipped." >&2
done
[ "${#missing[@]}" -eq 0 ]
