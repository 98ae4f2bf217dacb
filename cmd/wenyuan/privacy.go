package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"

	"wenyuan/privacy"
)

type personExportCmd struct {
	Name string `arg:"" help:"person_which"`
}

func (personExportCmd) Help() string {
	return "  $ wenyuan person export li > li.jsonl"
}

// Run writes everything that is kept of a person, one JSON value a line, as it comes.
func (v *personExportCmd) Run(s *session) error { return s.stream(personPath(v.Name) + "/export") }

type personEraseCmd struct {
	Name    string `arg:"" help:"person_which"`
	Confirm string `required:"" help:"person_confirm" placeholder:"NAME"`
}

func (personEraseCmd) Help() string {
	return "  $ wenyuan person export li > li.jsonl\n  $ wenyuan person erase li --confirm li"
}

// Run erases, and says what went and what stays.
func (v *personEraseCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		return result(s, c, http.MethodPost, personPath(v.Name)+"/erase", map[string]string{"confirm": v.Confirm}, s.erased)
	})
}

func (s *session) erased(w io.Writer, e privacy.Erasure) {
	fmt.Fprintln(w, s.say("%s was erased:", "已清除 %s：", e.Person))
	t := &table{}
	for _, kind := range slices.Sorted(maps.Keys(e.Erased)) {
		t.row("  "+kind, e.Erased[kind])
	}
	t.write(w)
	for _, r := range e.Remains {
		fmt.Fprintln(w, s.say("What remains: %s (%d)", "仍保留：%s（%d）", r.Kind, r.Count))
		fmt.Fprintln(w, "  "+s.tell(r.Why))
		for _, name := range r.Names {
			fmt.Fprintln(w, "    "+name)
		}
	}
	if !e.Overwritten {
		fmt.Fprintln(w, s.say("The database will overwrite what was erased when it next cleans up.", "数据库下次清理时覆写已清除的内容。"))
	}
}
