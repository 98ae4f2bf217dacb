#!/bin/bash
# fuzz.sh TIME: run every fuzz test of the module for TIME (3s, 5m), one after the other.
set -euo pipefail
found=0

# once TEST DIR TIME: one run; its output goes to standard output, without the progress.
once() { go test -run '^$' -fuzz "^$1\$" -fuzztime "$3" "./$2" 2>&1 | grep -vE '^fuzz: elapsed'; }

while IFS=: read -r file test; do
  found=$((found + 1))
  dir=$(dirname "$file")
  echo "fuzz $test in $dir"
  if ! out=$(once "$test" "$dir" "$1"); then
    echo "$out"
    # A run whose time ends while an input is on its way to a worker fails without an input
    # (go.dev/issue/75804); what is found is named, and never run again.
    if grep -q 'context deadline exceeded' <<<"$out" && ! grep -qi 'failing input' <<<"$out"; then
      out=$(once "$test" "$dir" "$1") || { echo "$out"; exit 1; }
    else
      exit 1
    fi
  fi
  echo "$out"
done < <(git ls-files '*_test.go' | xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' | sed 's/func //')
echo "$found fuzz tests held for $1 each"
