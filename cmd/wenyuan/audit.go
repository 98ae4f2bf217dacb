package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wenyuan/auth/audit"
)

type auditVerbs struct {
	List   auditListCmd   `cmd:"" help:"audit_list"`
	Export auditExportCmd `cmd:"" help:"audit_export"`
	Verify auditVerifyCmd `cmd:"" help:"audit_verify"`
	Prune  auditPruneCmd  `cmd:"" help:"audit_prune"`
}

func (auditVerbs) Help() string {
	return "  $ wenyuan audit list --actor li --action document\n  $ wenyuan audit export > audit.jsonl\n  $ wenyuan audit verify\n  $ wenyuan audit prune --before 2026-01-01"
}

// auditWanted says which entries are wanted.
type auditWanted struct {
	Actor  string `help:"audit_actor" placeholder:"NAME"`
	Action string `help:"audit_action" placeholder:"ACTION"`
	Object string `help:"audit_object" placeholder:"ID"`
	From   string `help:"audit_from" placeholder:"TIME"`
	To     string `help:"audit_to" placeholder:"TIME"`
}

// Validate reads the times before anything is asked for.
func (v *auditWanted) Validate() error {
	_, from := micros(v.From)
	_, to := micros(v.To)
	return errors.Join(from, to)
}

// address is where the wanted entries are. The space of the command line is the one that they are of.
func (v *auditWanted) address(s *session, path string, more ...string) string {
	from, _ := micros(v.From) // Validate has read them
	to, _ := micros(v.To)
	return address(path, append([]string{"actor", v.Actor, "action", v.Action, "object", v.Object, "space", s.cli.Space, "from", from, "to", to}, more...)...)
}

// micros reads a day or a time as UTC microseconds; a day begins at midnight here. Empty stays empty.
func micros(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return strconv.FormatInt(t.UnixMicro(), 10), nil
		}
	}
	return "", fmt.Errorf("%q is no time: give a day such as 2026-11-21, or 2026-11-21T08:00:00+08:00", text)
}

type auditListCmd struct {
	auditWanted
	Before int `help:"audit_before" placeholder:"NUMBER"`
	Limit  int `help:"audit_limit" default:"50"`
}

func (auditListCmd) Help() string {
	return "  $ wenyuan audit list\n  $ wenyuan audit list --actor li@example.com --from 2026-11-01\n  $ wenyuan audit list --action grant --json"
}

// Run lists who did what, newest first.
func (v *auditListCmd) Run(s *session) error {
	type list struct {
		Entries []audit.Entry `json:"entries"`
	}
	before := ""
	if v.Before > 0 {
		before = strconv.Itoa(v.Before)
	}
	return s.with(func(c *client) error {
		path := v.address(s, "/api/audit", "before", before, "limit", strconv.Itoa(v.Limit))
		return result(s, c, http.MethodGet, path, nil, func(w io.Writer, l list) {
			t := &table{}
			for _, e := range l.Entries {
				t.row(e.Number, moment(e.At), s.actor(e), e.Action, strings.TrimSpace(fmt.Sprintf("%s %.12s", e.Object, e.Version)), detail(e.Detail))
			}
			t.write(w)
			fmt.Fprintln(w, s.say("%d entries", "%d 条", len(l.Entries)))
		})
	})
}

// actor is who did it, on one line.
func (s *session) actor(e audit.Entry) string {
	switch {
	case e.Erased:
		return s.say("(erased)", "（已清除）")
	case e.Actor.ID == "":
		return s.say("the house", "系统")
	case e.Actor.Behind != "":
		return s.say("%s through %s", "%s，经由 %s", e.Actor.Name, e.Actor.Behind)
	case e.Actor.Name == "":
		return e.Actor.ID
	}
	return e.Actor.Name
}

// detail is what more is told, short.
func detail(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	return oneLine(string(raw), 80)
}

type auditExportCmd struct{ auditWanted }

func (auditExportCmd) Help() string {
	return "  $ wenyuan audit export > audit.jsonl\n  $ wenyuan audit export --from 2026-10-01 --to 2026-11-01"
}

// Run writes one JSON value a line, as it comes.
func (v *auditExportCmd) Run(s *session) error {
	return s.stream(v.address(s, "/api/audit/export"))
}

// stream copies what the server sends to standard output.
func (s *session) stream(path string) error {
	return s.with(func(c *client) error {
		resp, err := c.do(s.ctx, http.MethodGet, path, "", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(s.stdout, resp.Body); err != nil {
			return c.broken(s.ctx, err)
		}
		return nil
	})
}

type auditVerifyCmd struct {
	Head string `help:"audit_head" placeholder:"DIGEST"`
}

func (auditVerifyCmd) Help() string {
	return "  $ wenyuan audit verify\n  $ wenyuan audit verify --head 3f1c...  # of an earlier run"
}

// Run says whether the record is as it was written; the exit code is 1 where it is not.
func (v *auditVerifyCmd) Run(s *session) error {
	broken := false
	err := s.with(func(c *client) error {
		var got audit.Verdict
		if err := c.call(s.ctx, http.MethodPost, "/api/audit/verify", map[string]string{"head": strings.TrimSpace(v.Head)}, &got); err != nil {
			return err
		}
		broken = !got.OK
		return s.give(got, func(w io.Writer) { s.verdict(w, got) })
	})
	if err == nil && broken {
		return errSilent
	}
	return err
}

func (s *session) verdict(w io.Writer, v audit.Verdict) {
	if v.OK {
		fmt.Fprintln(w, s.say("whole: %d entries, %d to %d, %d of them erased", "完整：%d 条，第 %d 至 %d 条，其中 %d 条已清除", v.Entries, v.From, v.To, v.Erased))
		fmt.Fprintln(w, s.say("head: %s", "末端摘要：%s", v.Head))
		fmt.Fprintln(w, s.say("Note the head elsewhere: with --head it shows later that nothing was cut off the end.", "把末端摘要另存一处：以后用 --head 可证明末尾没有被截去。"))
		return
	}
	fmt.Fprintln(w, s.say("broken at entry %d: %s", "第 %d 条处不完整：%s", v.BrokenAt, s.tell(v.Why)))
}

type auditPruneCmd struct {
	Before string `required:"" help:"audit_prune_before" placeholder:"TIME"`
}

func (auditPruneCmd) Help() string { return "  $ wenyuan audit prune --before 2026-01-01" }

// Validate reads the time.
func (v *auditPruneCmd) Validate() error {
	_, err := micros(v.Before)
	return err
}

// Run drops the oldest entries.
func (v *auditPruneCmd) Run(s *session) error {
	before, err := micros(v.Before)
	if err != nil {
		return err
	}
	type pruned struct {
		Dropped int64 `json:"dropped"`
	}
	return s.with(func(c *client) error {
		return result(s, c, http.MethodDelete, address("/api/audit", "before", before), nil, func(w io.Writer, p pruned) {
			fmt.Fprintln(w, s.say("%d entries were dropped; a checkpoint stands in their place", "已丢弃 %d 条，以检查点代替", p.Dropped))
		})
	})
}
