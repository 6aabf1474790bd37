#!/usr/bin/env bash
# Renews the locks after a change of pyproject.toml. What is locked stays at its version unless the change rules it out;
# `scripts/setup/lock.sh --upgrade` takes the newest versions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
lock() {
  local file=$1
  shift
  .cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --output-file "$file" "$@"
}
lock app.lock pyproject.toml --group dev --group stack "$@"
for name in contracts analysis bench; do lock "$name.lock" --group "$name" "$@"; done
