package guard

import (
	"fmt"
	"slices"
	"strings"

	"wenyuan"
)

// Err is what whoever sent a text is told when it does not go on; nil where it does. It names the
// checks and the incident, and nothing of what was found: that would teach how to get past them.
func (d Decision) Err() error {
	if d.Action.rank() < Ask.rank() {
		return nil
	}
	what := strings.Join(d.checksFrom(d.Action), ", ")
	hint := "put it in other words; who reviews this space can let it pass"
	if d.Incident != "" {
		hint = fmt.Sprintf("put it in other words, or tell a reviewer of the space that the incident %s is a false alarm", d.Incident)
	}
	switch {
	case d.Action == Ask:
		return &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("this waits for a person who reviews it (%s)", what), Hint: "send it again when it was released"}
	case d.Place == Output:
		return &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("the answer ends here: the guard found in it what must not go out (%s)", what), Hint: "ask in other words; who reviews this space can let it pass"}
	}
	return &wenyuan.Error{Code: wenyuan.Denied, Message: fmt.Sprintf("the guard does not let this through (%s)", what), Hint: hint}
}

// Stops says whether the text does not go on: it waits for a person, or is refused.
func (d Decision) Stops() bool { return d.Action == Ask || d.Action == Refuse }

// Checks names the checks that found something, the strictest first, each once.
func (d Decision) Checks() []string { return d.checksFrom(Flag) }

// checksFrom names those that ask for an action or a stricter one.
func (d Decision) checksFrom(least Action) []string {
	all := []string{}
	for _, f := range d.Findings {
		if f.Action.rank() >= least.rank() && !slices.Contains(all, f.Check) {
			all = append(all, f.Check)
		}
	}
	return all
}
