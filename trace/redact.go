package trace

import (
	"regexp"
	"slices"
	"strings"
)

// gone is a document that is withdrawn from a trace.
type gone struct {
	document  string
	held      bool            // whoever wrote the answer had read it
	names     map[string]bool // its id and those of its passages
	revisions map[string]bool
	titles    []string // its sources and titles, as they may stand in a sentence
	question  string
}

// goneOf finds by what a document is known in a trace.
func goneOf(t Trace, document, revision string, held bool) *gone {
	g := &gone{document: document, held: held, names: map[string]bool{document: true}, revisions: map[string]bool{}, question: t.Question}
	g.know("", revision, "", "")
	for _, p := range t.Answer.Passages {
		if p.Document == document {
			g.know(p.ID, p.Revision, p.Source, p.Title)
		}
	}
	for _, c := range t.Answer.Citations {
		if c.Document == document {
			g.know("", c.Revision, c.Source, c.Title)
		}
	}
	for _, s := range t.Steps {
		g.look(s.Detail)
	}
	return g
}

// shortest is how many bytes a title needs to be looked for inside sentences.
const shortest = 4

func (g *gone) know(passage, revision, source, title string) {
	if passage != "" {
		g.names[passage] = true
	}
	if revision != "" {
		g.revisions[revision] = true
	}
	for _, t := range []string{source, title} {
		if len(t) >= shortest && !slices.Contains(g.titles, t) {
			g.titles = append(g.titles, t)
		}
	}
}

// look finds by what else a detail knows the document.
func (g *gone) look(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			g.look(e)
		}
	case map[string]any:
		if text(v, "document") == g.document {
			g.know(text(v, "id"), text(v, "revision"), text(v, "source"), text(v, "title"))
		}
		for _, e := range v {
			g.look(e)
		}
	}
}

// text is the text under a key, in any case of letters.
func text(m map[string]any, key string) string {
	for k, v := range m {
		if s, ok := v.(string); ok && strings.EqualFold(k, key) {
			return s
		}
	}
	return ""
}

// counting are the steps whose summary counts and quotes nothing.
var counting = []string{"history", "retrieve", "examples", "prompt", "generate", "extract", "verify"}

// step takes the document out of a step.
func (g *gone) step(s *Step) {
	if g.held && !slices.Contains(counting, s.Name) || g.mentions(s.Summary) {
		s.Summary = ""
	}
	detail, drop := g.value("", s.Detail, false)
	if drop {
		detail = map[string]any{"withdrawn": true}
	}
	s.Detail = detail
}

// value takes the document out of a value; drop says that the whole of it has to go. Where
// the document was read, a text stays only when it belongs to another document.
func (g *gone) value(key string, v any, others bool) (_ any, drop bool) {
	switch v := v.(type) {
	case string:
		if g.names[v] {
			return nil, true
		}
		if !others && (g.mentions(v) || g.held && v != g.question && free(key, v)) {
			return "", false
		}
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			if e, drop := g.value("", e, others); !drop {
				out = append(out, e)
			}
		}
		return out, false
	case map[string]any:
		return g.object(v, others)
	}
	return v, false
}

func (g *gone) object(m map[string]any, others bool) (any, bool) {
	others = others || g.ofOthers(m)
	for key, v := range m {
		list, ok := v.([]any)
		if ok && strings.EqualFold(key, "passages") && slices.ContainsFunc(list, func(e any) bool { s, ok := e.(string); return ok && g.names[s] }) {
			return nil, true // it says something about several passages at once
		}
		if g.names[key] {
			delete(m, key)
			continue
		}
		if why, ok := v.(string); ok && g.mentions(why) && strings.EqualFold(key, "why") {
			m[key] = "" // the reason of another one names this one
			continue
		}
		kept, drop := g.value(key, v, others)
		if drop {
			return nil, true
		}
		m[key] = kept
	}
	return m, false
}

// ofOthers says whether an object belongs to another document: it names it, or what it is
// about does.
func (g *gone) ofOthers(m map[string]any) bool {
	if d := text(m, "document"); d != "" && d != g.document {
		return true
	}
	p, ok := m["passage"].(map[string]any)
	return ok && text(p, "document") != "" && text(p, "document") != g.document
}

// mentions says whether a text names the document by a source or a title.
func (g *gone) mentions(s string) bool {
	return slices.ContainsFunc(g.titles, func(t string) bool { return strings.Contains(s, t) })
}

// word is what programs write for themselves: a kind, a role, the name of a format.
var word = regexp.MustCompile(`^[a-z_]{0,24}$`)

// free says whether a text may hold what somebody wrote.
func free(key, s string) bool {
	return !word.MatchString(s) && !slices.Contains([]string{"model", "currency", "index"}, key)
}
