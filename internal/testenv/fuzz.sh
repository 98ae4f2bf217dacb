#!/bin/bash
# fuzz.sh TIME: run every fuzz test of the module for TIME (3s, 5m), one after the other.
set -euo pipefail
found=0
while IFS=: read -r file test; do
  found=$((found + 1))
  echo "fuzz $test in $(dirname "$file")"
  go test -run '^$' -fuzz "^$test\$" -fuzztime "$1" "./$(dirname "$file")" | grep -vE '^fuzz: elapsed' || exit 1
done < <(git ls-files '*_test.go' | xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' | sed 's/func //')
echo "$found fuzz tests held for $1 each"
