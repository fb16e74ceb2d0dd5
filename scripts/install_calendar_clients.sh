#!/usr/bin/env bash
# Installs the calendar programs and parsers that the tests marked `client` drive, beside vdirsyncer and khal:
#   into .venv/                      ical, todoman    from PyPI, as tests/clients/requirements.txt pins them
#   into tests/clients/node_modules  ical.js, node-ical, ts-ics    from npm, as tests/clients/package-lock.json pins them
#   into this system, Debian and its kin only    libical, calcurse
# What cannot be had is left out; its tests are skipped by name. No script of an npm package is run.
# Needs .venv/ (`make test` makes it). Thunderbird is large and not installed: get it from your system if you want its test.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()

.venv/bin/python -m pip install --quiet --requirement tests/clients/requirements.txt || missing+=("ical and todoman")

if command -v npm >/dev/null; then
  npm ci --prefix tests/clients --ignore-scripts --no-audit --no-fund || missing+=("the npm packages")
else
  missing+=("the npm packages: there is no npm")
fi

if command -v apt-get >/dev/null; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  { "${as_root[@]}" apt-get update && "${as_root[@]}" apt-get install --yes --no-install-recommends libical3 calcurse; } \
    || missing+=("libical and calcurse")
else
  missing+=("libical and calcurse: there is no apt-get")
fi

for what in "${missing[@]}"; do
  echo "Not installed: $what. Their tests are skipped." >&2
done
[ "${#missing[@]}" -eq 0 ]
