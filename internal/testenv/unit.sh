#!/bin/bash
# unit.sh: all tests, with every test's result on a line of its own and the counts at the end.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
go test -count=1 -v -timeout 6m ./... 2>&1 | grep -vE '^=== (RUN|PAUSE|CONT|NAME) |^PASS$|\[no test files\]$' | tee "$log"
status=${PIPESTATUS[0]}
count() { grep -cE "^ *--- $1: " "$log" || true; }
echo "tests: $(count PASS) passed, $(count FAIL) failed, $(count SKIP) skipped"
if [ "$status" -ne 0 ]; then
  echo "FAILED:"
  grep -E '^ *--- FAIL: |^FAIL[[:space:]]' "$log"
fi
exit "$status"
