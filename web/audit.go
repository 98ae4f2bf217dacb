package web

import (
	"io"
	"net/url"
)

// Audit writes the list of what was done.
func (r *Renderer) Audit(w io.Writer, p AuditPage) error {
	return r.page(w, "audit", layout{p.Frame, RecordsPlace, must(lang(p.Frame), "audit"), p})
}

// AuditEntry writes one act with its payload.
func (r *Renderer) AuditEntry(w io.Writer, p AuditEntryPage) error {
	return r.page(w, "audit_entry", layout{p.Frame, RecordsPlace, must(lang(p.Frame), "audit.entry", p.Entry.Number), p})
}

// A recordTabs is what the tabs of Records need to know.
type recordTabs struct {
	Here  string
	Audit bool
}

// RecordTabs are the tabs of Records that this person can use.
func (f Frame) RecordTabs(here string) recordTabs { return recordTabs{here, f.Audits} }

// Tab is which of the tabs of Records the page is.
func (p TracesPage) Tab() string {
	if p.Feedback == "" {
		return "all"
	}
	return p.Feedback
}

// Filtered says that not everything is asked for.
func (p AuditPage) Filtered() bool {
	return p.Actor != "" || p.Action != "" || p.Object != "" || p.From != "" || p.To != "" || p.Before != ""
}

func (p AuditPage) query() url.Values {
	q := url.Values{}
	for name, v := range map[string]string{"actor": p.Actor, "action": p.Action, "object": p.Object, "from": p.From, "to": p.To} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// Page is the address of the entries before a number, under the same filter.
func (p AuditPage) Page(before string) string {
	q := p.query()
	if before != "" {
		q.Set("before", before)
	}
	if len(q) == 0 {
		return "/records/audit"
	}
	return "/records/audit?" + q.Encode()
}

// deed says an act in words; one that the console knows no words for is said by its name.
func (e AuditEntry) deed(l Lang) string {
	if s, err := say(l, "act."+e.Action); err == nil {
		return s
	}
	return e.Action
}
