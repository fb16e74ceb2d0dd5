#!/usr/bin/env bash
# Installs what bench/speed.py measures vaultrel beside, away from vaultrel's own environment:
#   into bench/node_modules  gray-matter, markdown-it, markdowndb    from npm, as bench/package-lock.json pins them
#   into bench/.peers        obsidiantools                           from PyPI, as bench/requirements.txt pins it
# What cannot be had is left out; its row says so. Of the npm packages' scripts only that of sqlite3 is run, which fetches
# or builds the library that markdowndb stores in.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()

if command -v npm >/dev/null; then
  if npm ci --prefix bench --ignore-scripts --no-audit --no-fund; then
    (cd bench && npm rebuild sqlite3) || missing+=("sqlite3, which markdowndb stores in")
  else
    missing+=("the npm packages")
  fi
else
  missing+=("the npm packages: there is no npm")
fi

{ "${PYTHON:-python3}" -m venv bench/.peers && bench/.peers/bin/python -m pip install --quiet --requirement bench/requirements.txt; } \
  || missing+=("obsidiantools")

for what in "${missing[@]}"; do
  echo "Not installed: $what. Its row says so." >&2
done
[ "${#missing[@]}" -eq 0 ]
