//go:build !unix

package index

import "os"

// mapFile reads the file where it cannot be mapped.
func mapFile(path string) ([]byte, error) { return os.ReadFile(path) }

func unmapFile([]byte) {}
