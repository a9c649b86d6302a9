#!/usr/bin/env bash
# Runs a program of PostgreSQL's in this clone's container, as whom its socket trusts: in-container.sh pg_dump --version
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=/dev/null
. "$root/infra/dev/docker.sh"
compose exec -T postgres "$@"
