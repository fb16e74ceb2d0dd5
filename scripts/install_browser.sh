#!/usr/bin/env bash
# Installs what the tests of the web page look at it with:
#   into tests/page/node_modules  playwright-core, axe-core, mermaid    from npm, as tests/page/package-lock.json pins them
#   into this system, Debian and its kin only    chromium; for the pictures in the docs pngquant and the font Inter
# What cannot be had is left out; its tests are skipped by name. No script of an npm package is run, and playwright
# downloads no browser of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()

if command -v npm >/dev/null; then
  npm ci --prefix tests/page --ignore-scripts --no-audit --no-fund || missing+=("the npm packages")
else
  missing+=("the npm packages: there is no npm")
fi

if command -v chromium >/dev/null && command -v pngquant >/dev/null; then
  echo "chromium and pngquant are here."
elif command -v apt-get >/dev/null; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  { "${as_root[@]}" apt-get update && "${as_root[@]}" apt-get install --yes --no-install-recommends chromium pngquant fonts-inter; } \
    || missing+=("chromium and pngquant")
else
  missing+=("chromium and pngquant: there is no apt-get")
fi

for what in "${missing[@]}"; do
  echo "Not installed: $what. Their tests are skipped." >&2
done
[ "${#missing[@]}" -eq 0 ]
