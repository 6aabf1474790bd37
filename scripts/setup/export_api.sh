#!/usr/bin/env bash
# Writes the API's OpenAPI document and the web app's types of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PYTHONWARNINGS=ignore .venv/app/bin/backend openapi frontend/openapi.json
npm run --silent --workspace frontend api
