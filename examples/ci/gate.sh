#!/usr/bin/env bash
# One run and its gate, for any CI. Usage: gate.sh BASELINE [arguments of harness run]
# Exit codes are those of harness gate; JUnit XML goes to harness-junit.xml, Markdown to harness-summary.md.
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: gate.sh BASELINE TASK... -m MODEL [arguments of harness run]" >&2
  exit 2
fi
baseline=$1
shift
code=0
harness run "$@" --name ci --quiet || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 3 ] || exit "$code" # 3: jobs failed; the gate says which
rm -f harness-summary.md
exec harness gate results/ci --baseline "$baseline" --junit harness-junit.xml --summary harness-summary.md
