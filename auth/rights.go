package auth

import (
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
)

// rightNames are the rights in the order of their bits.
var rightNames = []string{"read", "ask", "edit", "review", "own", "operate", "act"}

// ParseRights reads names of rights: read, ask, edit, review, own, operate, act.
func ParseRights(names []string) (all scope.Right, err error) {
	for _, name := range names {
		i := slices.Index(rightNames, strings.TrimSpace(name))
		if i < 0 {
			return 0, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no right %q", shorten(name)), Hint: "one of read, ask, edit, review, own, operate, act"}
		}
		all |= 1 << i
	}
	return all, nil
}

// RightNames are the names of rights, in the order of ParseRights.
func RightNames(r scope.Right) []string {
	out := []string{}
	for i, name := range rightNames {
		if r&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}
