package rule

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed sets/*.rules
var files embed.FS

// BuiltIn are the sets that ship with the program, in Chinese and English, written for it:
// what is asked about making, getting and doing harm, rather than the bare words of news,
// law and medicine.
func BuiltIn() []*Set { return slices.Clone(builtIn()) }

var builtIn = sync.OnceValue(func() []*Set {
	var all []*Set
	names, _ := fs.Glob(files, "sets/*.rules")
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // embedded: it was there when the program was built
		}
		set, err := Parse(strings.TrimSuffix(strings.TrimPrefix(name, "sets/"), ".rules"), string(text))
		if err != nil {
			panic(err) // a test reads them all
		}
		all = append(all, set)
	}
	return all
})

// BuiltInMatcher finds what the sets that ship find, and nothing else. It is made once, some
// milliseconds and MiB, and shared by all who need no sets of their own.
func BuiltInMatcher() *Matcher { return builtInMatcher() }

var builtInMatcher = sync.OnceValue(func() *Matcher {
	m, err := Compile(builtIn()...)
	if err != nil {
		panic(err) // a test makes it
	}
	return m
})
