package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/corpus"
	"wenyuan/internal/archive"
)

type syncCmd struct {
	Folder string `arg:"" help:"sync_path"`
	Corpus string `help:"corpus" required:"" placeholder:"NAME"`
}

func (syncCmd) Help() string { return "  $ wenyuan sync docs --corpus rocketmq" }

// A syncReply is what sync prints.
type syncReply struct {
	addReply
	Added     int       `json:"added"`
	Changed   int       `json:"changed"`
	Unchanged int       `json:"unchanged"`
	Moved     []moved   `json:"moved"`
	Removed   []removed `json:"removed"`
}

type moved struct {
	ID   string `json:"id"`
	From string `json:"from"`
	To   string `json:"to"`
}

type removed struct {
	ID     string `json:"id"`
	Source string `json:"source"`
}

// Run makes the corpus equal to the folder.
func (v *syncCmd) Run(s *session) error {
	return s.with(func(c *client) error {
		p, err := v.look(s, c)
		if err != nil {
			return err
		}
		reply, err := v.carryOut(s, c, p)
		if err == nil {
			err = c.Settle()
		}
		s.print("%d added, %d changed, %d moved, %d removed, %d unchanged", "新增 %d，更改 %d，移动 %d，移除 %d，未变 %d",
			reply.Added, reply.Changed, len(reply.Moved), len(reply.Removed), reply.Unchanged)
		if s.json && err == nil {
			if err := writeJSON(s.stdout, reply); err != nil {
				return err
			}
			return failure(reply.Documents)
		}
		return s.added(reply.addReply, err)
	})
}

// look compares the folder with the corpus, which may not be there yet.
func (v *syncCmd) look(s *session, c *client) (*plan, error) {
	var have documentList
	err := c.call(s.ctx, http.MethodGet, address("/api/documents", "corpus", v.Corpus), nil, &have)
	missing := wenyuan.CodeOf(err) == wenyuan.NotFound
	if err != nil && !missing {
		return nil, err
	}
	p := newPlan(have.Documents)
	p.s = s
	if !missing {
		var rules struct {
			Files []struct{ Source, Text string } `json:"files"`
		}
		if err := c.call(s.ctx, http.MethodGet, address("/api/grants", "corpus", v.Corpus), nil, &rules); err != nil {
			return nil, err
		}
		for _, f := range rules.Files {
			p.rules[f.Source] = f.Text
		}
	}
	if err := s.walk(s.ctx, v.Folder, p.see); err != nil {
		return nil, err
	}
	p.close()
	if missing { // made only now: a wrong path must not leave an empty corpus behind
		return p, c.call(s.ctx, http.MethodPost, "/api/corpora", map[string]string{"name": v.Corpus}, &struct{}{})
	}
	return p, nil
}

// carryOut does what is planned: rules first, so that nothing is seen by anybody whom they leave
// out, then moves, so that what is moved is not removed.
func (v *syncCmd) carryOut(s *session, c *client, p *plan) (syncReply, error) {
	r := syncReply{addReply: addReply{Documents: []*outcome{}}, Unchanged: p.unchanged, Moved: []moved{}, Removed: []removed{}}
	var err error
	if r.Access, err = v.setAccess(s, c, p.access); err != nil {
		return r, err
	}
	for _, m := range p.moves {
		if err := c.call(s.ctx, http.MethodPost, "/api/documents/"+url.PathEscape(m.ID)+"/move", map[string]string{"source": m.To}, &struct{}{}); err != nil {
			return r, err
		}
		r.Moved = append(r.Moved, m)
	}
	if r.Documents, err = v.upload(s, c, p); err != nil {
		return r, err
	}
	r.Added, r.Changed = p.added, p.changed
	for _, d := range p.removes {
		var gone documentList
		if err := c.call(s.ctx, http.MethodDelete, "/api/documents/"+url.PathEscape(d.ID), nil, &gone); err != nil {
			return r, err
		}
		r.Removed = append(r.Removed, d)
	}
	gone, err := v.setAccess(s, c, p.gone) // last: what goes too must not be seen without its rule
	r.Access = append(r.Access, gone...)
	return r, err
}

// setAccess sends the texts of .access files, by source.
func (v *syncCmd) setAccess(s *session, c *client, texts map[string]string) ([]accessTaken, error) {
	u := s.uploader(c, v.Corpus)
	for _, source := range slices.Sorted(maps.Keys(texts)) {
		at := &outcome{Source: source}
		text := texts[source]
		u.batch = append(u.batch, pending{at, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	if err := u.end(); err != nil {
		return nil, err
	}
	return u.access, nil
}

// upload walks the folder once more, as what lies in an archive can be read only on the way.
func (v *syncCmd) upload(s *session, c *client, p *plan) ([]*outcome, error) {
	u := s.uploader(c, v.Corpus)
	var err error
	if len(p.uploads) > 0 {
		err = s.walk(u.ctx, v.Folder, func(e archive.Entry) error {
			if !p.uploads[e.Source] {
				return nil
			}
			return u.add(e)
		})
	}
	sent := u.end()
	return u.all, cmp.Or(sent, err) // when sending fails, the walk stops for that reason
}

// A plan is what has to be done to a corpus so that it equals a folder.
type plan struct {
	s     *session
	have  map[string]corpus.Document // by source; those not seen in the folder yet
	order []string                   // the sources of have
	new   []seen                     // in the folder, not in the corpus
	rules map[string]string          // texts of the corpus's .access files, by source; those not seen in the folder yet

	access         map[string]string // texts of .access files to be set, by source
	gone           map[string]string // sources of those to be taken away, with the empty text that does it
	uploads        map[string]bool   // sources
	moves          []moved
	removes        []removed
	unreadable     []string
	added, changed int
	unchanged      int
}

type seen struct{ source, hash string }

func newPlan(have []corpus.Document) *plan {
	p := &plan{have: map[string]corpus.Document{}, uploads: map[string]bool{}, rules: map[string]string{}, access: map[string]string{}, gone: map[string]string{}}
	for _, d := range have {
		if d.File != "" { // some rows of a table, which is one file
			d.Source, d.Hash = d.File, d.FileHash
			if before, there := p.have[d.Source]; there && before.State == corpus.Failed {
				continue
			}
		}
		if _, there := p.have[d.Source]; !there {
			p.order = append(p.order, d.Source)
		}
		p.have[d.Source] = d
	}
	return p
}

// see takes in one entry of the folder.
func (p *plan) see(e archive.Entry) error {
	if isAccess(e) {
		return p.rule(e)
	}
	if e.Reason != "" {
		p.miss(e.Source)
		return nil
	}
	hash, err := hashOf(e)
	if err != nil {
		p.miss(e.Source)
		return nil // the upload reads it again, and tells why it cannot be read
	}
	p.compare(e.Source, hash)
	return nil
}

// maxAccess is how many bytes of a .access file are sent; of one that is larger the server says so.
const maxAccess = 64<<10 + 1

// rule takes in one .access file. One that cannot be read ends the verb: without it, documents
// could be seen that it hides.
func (p *plan) rule(e archive.Entry) error {
	if e.Reason != "" {
		return p.s.unsent(&outcome{Source: e.Source, Reason: e.Reason, Hint: e.Hint})
	}
	r, err := e.Open()
	if err != nil {
		lost := p.s.lost(e.Source, err)
		return p.s.unsent(&lost)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxAccess))
	if err != nil {
		lost := p.s.lost(e.Source, err)
		return p.s.unsent(&lost)
	}
	if now, there := p.rules[e.Source]; !there && len(b) > 0 || there && now != string(b) {
		p.access[e.Source] = string(b)
	}
	delete(p.rules, e.Source)
	return nil
}

// miss notes what cannot be read. It is sent nevertheless, so that it is told, and what the
// corpus has of it stays.
func (p *plan) miss(source string) {
	p.unreadable = append(p.unreadable, source)
	p.uploads[source] = true
}

// compare notes one file of the folder by its content.
func (p *plan) compare(source, hash string) {
	d, known := p.have[source]
	delete(p.have, source)
	switch {
	case !known:
		p.new = append(p.new, seen{source, hash})
	case d.Hash == hash && d.State != corpus.Failed:
		p.unchanged++
	default:
		p.changed++
		p.uploads[source] = true
	}
}

// close decides about what is only on one side. A new file with the content of a document
// whose source is gone is that document, moved. What lies where the folder could not be
// read stays.
func (p *plan) close() {
	for source := range p.rules {
		if !p.hidden(source) {
			p.gone[source] = ""
		}
	}
	gone := map[string][]corpus.Document{}
	for _, source := range p.order {
		if d, left := p.have[source]; left && !p.hidden(source) {
			gone[d.Hash] = append(gone[d.Hash], d)
		}
	}
	for _, f := range p.new {
		if from := gone[f.hash]; len(from) > 0 {
			p.moves = append(p.moves, moved{from[0].ID, from[0].Source, f.source})
			gone[f.hash] = from[1:]
			delete(p.have, from[0].Source)
			continue
		}
		p.added++
		p.uploads[f.source] = true
	}
	for _, source := range p.order {
		if d, left := p.have[source]; left && !p.hidden(source) {
			p.removes = append(p.removes, removed{d.ID, d.Source})
		}
	}
}

// hidden says whether a source lies where the folder could not be read.
func (p *plan) hidden(source string) bool {
	for _, u := range p.unreadable {
		if u == "." || source == u || strings.HasPrefix(source, u+"/") {
			return true
		}
	}
	return false
}

func hashOf(e archive.Entry) (string, error) {
	r, err := e.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
