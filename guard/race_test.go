//go:build race

package guard_test

// raced says whether the tests run with the race detector, which makes everything slow.
const raced = true
