#!/usr/bin/env bash
# Runs brownie in its own environment and HOME: scripts/setup/brownie.sh test …
# For tests it starts anvil on a free port, because two brownie processes on one port corrupt each other; with `-n N`,
# which lets N brownie processes share the test files, one anvil for each, on ports that follow each other.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export HOME="$root/.cache/brownie-home" PYTHONWARNINGS=ignore
export PATH="$root/.venv/contracts/bin:$root/node_modules/@foundry-rs/anvil-linux-amd64/bin:$PATH"
workers=1
for ((i = 1; i < $#; i++)); do
  [ "${!i}" != -n ] || { next=$((i + 1)); workers=${!next}; }
done
port=$(python "$root/scripts/setup/free_ports.py" "$workers")
mkdir -p "$HOME/.brownie" "$root/.cache/brownie"
cat > "$HOME/.brownie/network-config.yaml" <<END
live:
  - name: CopyTrack
    networks:
      - {name: The chain behind COPYTRACK_RPC_URL, id: copytrack, chainid: 31337, host: "${COPYTRACK_RPC_URL:-}"}
development:
  - {name: anvil, id: copytrack-test, cmd: anvil, host: "http://127.0.0.1", cmd_settings: {port: $port}}
END
cd "$root"
# Our own address file tells where contracts are; brownie's notes of chains that are gone only break the next start.
rm -rf .cache/brownie/build/deployments
# A contract that only uses a struct of a changed file would not be compiled again.
sources=$(find contracts brownie-config.yaml -type f \( -name '*.sol' -o -name '*.yaml' \) | LC_ALL=C sort | xargs sha256sum | sha256sum)
if [ "$(cat .cache/brownie/sources 2>/dev/null)" != "$sources" ]; then
  rm -rf .cache/brownie/build/contracts .cache/brownie/build/interfaces
  echo "$sources" > .cache/brownie/sources
fi
if [ "${1:-}" != test ]; then
  exec brownie "$@"
fi
chains=()
trap 'kill "${chains[@]}"' EXIT
for ((i = 0; i < workers; i++)); do
  anvil --quiet --port $((port + i)) --accounts 20 --gas-limit 30000000 --block-base-fee-per-gas 0 --hardfork cancun \
    --steps-tracing ${COPYTRACK_ANVIL_OPTIONS:-} &
  chains+=($!)
done
# Fixtures of the other tests need packages that this environment does not have.
export PYTEST_ADDOPTS="--confcutdir=tests/contracts"
for ((i = 0; i < workers; i++)); do
  until (exec 3<>"/dev/tcp/127.0.0.1/$((port + i))") 2>/dev/null; do sleep 0.1; done
done
brownie "$@"
