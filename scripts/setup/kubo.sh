#!/usr/bin/env bash
# Builds Kubo (the IPFS node) with Go into the project's cache, for the tests that compare our CIDs with a real node's.
# Nothing else needs it: without Go the tests say why they skip.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target="$root/.cache/kubo"
version=v0.42.0
if command -v ipfs > /dev/null || [ -x "$target/ipfs" ]; then exit 0; fi
if ! command -v go > /dev/null; then
  echo "  setup  Kubo: neither ipfs nor go is on PATH; its tests will be skipped"
  exit 0
fi
echo "  setup  Kubo $version with $(go version | cut -d' ' -f3) …"
mkdir -p "$target/build" && cd "$target/build" || exit 0
printf 'module copytrack.example/kubo\n\ngo 1.24\n\nrequire github.com/ipfs/kubo %s\n' "$version" > go.mod
printf '//go:build tools\n\npackage tools\n\nimport _ "github.com/ipfs/kubo/cmd/ipfs"\n' > tools.go
if timeout 900 go build -mod=mod -o "$target/ipfs.new" github.com/ipfs/kubo/cmd/ipfs > "$target/build.log" 2>&1; then
  mv "$target/ipfs.new" "$target/ipfs"
  echo "  setup  Kubo: built"
else
  echo "  setup  Kubo: could not be built ($(tail -n 1 "$target/build.log")); its tests will be skipped"
fi
