package corpus

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"wenyuan"
	"wenyuan/corpus/parse"
	"wenyuan/guard"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// A ScanFinding is one thing that a scan met in a document. Personal data and secrets of one kind
// are one finding of a document, with the place of the first.
type ScanFinding struct {
	Document string        `json:"document"`
	Source   string        `json:"source"`
	In       string        `json:"in"`                // "passage", "hidden" or "name"
	Why      string        `json:"why,omitempty"`     // readers do not see it
	Where    string        `json:"where,omitempty"`   // of what is hidden: a cell, a heading, a property
	Page     int           `json:"page,omitempty"`    // from 1; 0 where the format has no pages
	Heading  []string      `json:"heading,omitempty"` // above, outermost first
	Start    int           `json:"start"`             // code points of the extracted text; 0 to 0 for what is not in it
	End      int           `json:"end"`
	Count    int           `json:"count"` // how often
	Finding  guard.Finding `json:"finding"`
	Incident string        `json:"incident,omitempty"` // id, where one was kept
}

// A ScanReport is what a scan met in one document, or in all of them.
type ScanReport struct {
	Documents int           `json:"documents"`
	Passages  int           `json:"passages"`
	Findings  []ScanFinding `json:"findings"`           // by source, in the order of the text
	LeftOff   int           `json:"left_off,omitempty"` // findings that are only counted
	Summary   ScanSummary   `json:"summary"`
}

// A ScanSummary counts what was met.
type ScanSummary struct {
	Hidden    int            `json:"hidden"`  // places where text is kept from readers
	Reasons   map[string]int `json:"reasons"` // the same and what stands beside the page, by reason
	Injection int            `json:"injection"`
	PII       map[string]int `json:"pii"` // by kind
	Secrets   int            `json:"secrets"`
	Content   map[string]int `json:"content"` // by category
	Rules     int            `json:"rules"`
	Suspect   int            `json:"suspect_documents"` // documents with an injection, secret, unsafe content or match of a rule
}

// A ScanStep tells how far a scan is: so many of so many documents; Document is the one that was
// looked at last, where something was met in it.
type ScanStep struct {
	Done     int         `json:"done"`
	Of       int         `json:"of"`
	Document *ScanReport `json:"document,omitempty"`
}

// ScanOptions say how to scan.
type ScanOptions struct {
	Policy string // name; "" for the space's own
	Keep   bool   // injections become incidents
	Step   func(ScanStep) error
}

// Bounds of a scan.
const (
	scanFindings = 200    // of one document; more are counted only
	scanReport   = 10_000 // of all
	scanners     = 2      // documents at once
)

// Scan looks at everything of a corpus that the asker sees: every passage, what readers of the
// documents do not see, and what they are called. It changes nothing; with Keep each injection is
// kept as an incident. Needs Own or Review.
func (l *Library) Scan(ctx context.Context, sc scope.Scope, corpus string, o ScanOptions) (ScanReport, error) {
	if !sc.May(scope.Own) && !sc.May(scope.Review) {
		return ScanReport{}, &wenyuan.Error{Code: wenyuan.Denied, Message: "a corpus is scanned by reviewers and owners of the space", Hint: "ask an owner of the space for the role of a reviewer"}
	}
	if l.guards == nil {
		return ScanReport{}, &wenyuan.Error{Code: wenyuan.Unavailable, Message: "this server has no guards", Hint: "start it by wenyuan serve"}
	}
	if !l.scanning.TryLock() {
		return ScanReport{}, &wenyuan.Error{Code: wenyuan.Conflict, Message: "a corpus is being scanned already", Hint: "wait until that is through; two at once would take longer"}
	}
	defer l.scanning.Unlock()
	docs, _, err := l.Documents(ctx, sc, corpus, DocumentFilter{State: Ready})
	if err != nil {
		return ScanReport{}, err
	}
	s := &scan{l: l, sc: sc, o: o, of: len(docs), total: ScanReport{Findings: []ScanFinding{}, Summary: newSummary()}}
	if s.guard, err = l.guards.Scanner(ctx, sc.Space(), o.Policy); err != nil {
		return ScanReport{}, err
	}
	if s.held, err = l.guards.For(ctx, sc.Space(), o.Policy); err != nil {
		return ScanReport{}, err
	}
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(min(scanners, runtime.GOMAXPROCS(0)))
	for _, d := range docs {
		group.Go(func() error { return s.document(within, d) })
	}
	if err := group.Wait(); err != nil {
		return ScanReport{}, fmt.Errorf("corpus: scan %s: %w", corpus, err)
	}
	slices.SortStableFunc(s.total.Findings, func(a, b ScanFinding) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.Start, b.Start))
	})
	return s.total, nil
}

func newSummary() ScanSummary {
	return ScanSummary{Reasons: map[string]int{}, PII: map[string]int{}, Content: map[string]int{}}
}

// A scan is one on its way.
type scan struct {
	l     *Library
	sc    scope.Scope
	o     ScanOptions
	guard *guard.Guard // that looks
	held  *guard.Guard // the policy itself, by which incidents are kept

	mu       sync.Mutex
	done, of int
	total    ScanReport
}

// document looks at one document and reports it. One that was removed meanwhile, or that the asker
// sees no more, is passed over.
func (s *scan) document(ctx context.Context, d Document) error {
	x := &scanned{scan: s, d: d, report: ScanReport{Documents: 1, Findings: []ScanFinding{}, Summary: newSummary()}, at: map[string]int{}}
	err := x.look(ctx)
	if code := wenyuan.CodeOf(err); code == wenyuan.NotFound || code == wenyuan.Conflict {
		x, err = nil, nil
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	step := ScanStep{Done: s.done, Of: s.of}
	if x != nil {
		s.take(&x.report)
		if len(x.report.Findings) > 0 || len(x.report.Summary.Reasons) > 0 {
			step.Document = &x.report
		}
	}
	if s.o.Step == nil {
		return nil
	}
	return s.o.Step(step)
}

// take adds the report of a document to that of all.
func (s *scan) take(r *ScanReport) {
	t := &s.total
	t.Documents++
	t.Passages += r.Passages
	room := min(max(scanReport-len(t.Findings), 0), len(r.Findings))
	t.Findings = append(t.Findings, r.Findings[:room]...)
	t.LeftOff += r.LeftOff + len(r.Findings) - room
	a, b := &t.Summary, r.Summary
	a.Hidden, a.Injection, a.Secrets, a.Rules, a.Suspect = a.Hidden+b.Hidden, a.Injection+b.Injection, a.Secrets+b.Secrets, a.Rules+b.Rules, a.Suspect+b.Suspect
	for _, m := range [][2]map[string]int{{a.Reasons, b.Reasons}, {a.PII, b.PII}, {a.Content, b.Content}} {
		for k, n := range m[1] {
			m[0][k] += n
		}
	}
}

// hidden reads what readers of a revision do not see.
func (l *Library) hidden(ctx context.Context, document, revision string) (all []parse.Hidden, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		all, err = hiddenIn(ctx, tx, document, revision)
		return err
	})
	return all, err
}

func hiddenIn(ctx context.Context, tx *store.Tx, document, revision string) (all []parse.Hidden, err error) {
	var stored string
	err = tx.QueryRow(ctx, `SELECT hidden FROM revision WHERE document = $1 AND revision = $2`, document, revision).Scan(&stored)
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal([]byte(stored), &all)
}
