package main

import (
	"fmt"
	"io"
	"net/http"

	"wenyuan/auth"
)

type canCmd struct {
	Person   string `arg:"" help:"person_which"`
	Document string `arg:"" help:"document_id"`
}

func (canCmd) Help() string { return "  $ wenyuan can li doc_01j8\n  $ wenyuan can li doc_01j8 --json" }

// Run says whether somebody may read a document, and why.
func (v *canCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodGet, address("/api/can", "person", v.Person, "document", v.Document), nil, func(w io.Writer, d auth.Decision) {
			word := s.say("no", "不可以")
			if d.Allowed {
				word = s.say("yes", "可以")
			}
			fmt.Fprintln(w, word+s.say(": ", "：")+s.tell(d.Because))
		})
	})
}
