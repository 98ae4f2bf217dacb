package answer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/prompt/library"
)

// settings is what the hash is made of.
func (as Assistant) settings() Assistant {
	as.Hash, as.Partial, as.Waits, as.modelHash = "", false, nil, nil
	return as
}

// withDefaults fills the fields that are zero, so that a version says everything.
func (as Assistant) withDefaults() Assistant {
	if len(as.Corpora) == 0 && as.Corpus != "" {
		as.Corpora = []string{as.Corpus}
	}
	if as.Corpus == "" && len(as.Corpora) > 0 {
		as.Corpus = as.Corpora[0]
	}
	as.Cache = as.Cache.withDefaults()
	as.Filters, as.Extract, as.Recall = as.Filters.WithDefaults(), as.Extract.WithDefaults(), as.Recall.withDefaults()
	as.Unsupported = cmp.Or(as.Unsupported, Mark)
	as.Extractive = as.Extractive || as.Model == ""
	return as.climbed()
}

func (r Recall) withDefaults() Recall {
	r.Rewrite, r.Decide, r.Judge = cmp.Or(r.Rewrite, ByRules), cmp.Or(r.Decide, ByRules), cmp.Or(r.Judge, ByRules)
	r.Rounds, r.Tokens = cmp.Or(r.Rounds, 1), cmp.Or(r.Tokens, 2000)
	return r
}

// Bounds of an assistant. Lengths are in code points.
const (
	maxTitle       = 200
	maxDescription = 2000
	maxTools       = 128
	maxSchema      = 32 << 10 // bytes of a tool's parameters
	maxExamples    = 200
	maxExample     = 8000
)

// A field is one value of an assistant with what it may be.
type field struct {
	name  string
	wrong bool
	bound string
}

// check says which field is out of its bounds, the first of them.
func (as Assistant) check() error {
	by := []string{Off, ByRules, ByModel}
	f, r, e := as.Filters, as.Recall, as.Engine
	share := func(v float64) bool { return v > 1 || v != v }
	fields := []field{
		{"name", !assistantName.MatchString(as.Name), "a name has up to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit"},
		{"title", long(as.Title, maxTitle), "give at most 200 characters"},
		{"description", long(as.Description, maxDescription), "give at most 2000 characters"},
		{"notice", long(as.Notice, maxDescription), "give at most 2000 characters"},
		{"guard", as.Guard != "" && !assistantName.MatchString(as.Guard), "give the name of a policy, or leave it empty for the space's own"},
		{"corpora", len(as.Corpora) < 1 || len(as.Corpora) > MaxCorpora || repeated(as.Corpora), "give 1 to 16 names, each once"},
		{"corpus", len(as.Corpora) > 0 && as.Corpus != as.Corpora[0], "write the first of corpora, or leave it out"},
		{"ladder", as.wrongLadder(), "give up to 8 of model:NAME (another one than model), stale and extractive, each once and extractive last; none without a model"},
		{"unsupported", !slices.Contains([]string{Mark, Withhold, Regenerate}, as.Unsupported), "give mark, withhold or regenerate"},
		{"cache", as.Cache.wrong(), "give off, exact or alike as its level, and with the last two keep and stale of 0 to 2592000 seconds"},
		{"consistency", !slices.Contains([]string{"", Strong, Session, Eventual}, as.Consistency), "give strong, session or eventual"},
		{"filters.floor", share(f.Floor), "give at most 1; negative switches it off"},
		{"filters.beside", share(f.Beside), "give at most 1; negative switches it off"},
		{"filters.duplicate", share(f.Duplicate), "give at most 1; negative switches it off"},
		{"filters.diversity", share(f.Diversity), "give at most 1; negative switches it off"},
		{"filters.keep", f.Keep > 64, "give at most 64"},
		{"filters.tokens", f.Tokens > 1_000_000, "give at most 1000000"},
		{"extract.sentences", as.Extract.Sentences > 50, "give 1 to 50"},
		{"extract.floor", share(as.Extract.Floor), "give at most 1"},
		{"recall.rewrite", !slices.Contains(by, r.Rewrite), "give off, rules or model"},
		{"recall.decide", !slices.Contains(by, r.Decide), "give off, rules or model"},
		{"recall.judge", !slices.Contains(by, r.Judge), "give off, rules or model"},
		{"recall.rounds", r.Rounds > 3, "give 1 to 3; negative for none"},
		{"recall.tokens", r.Tokens < 100 || r.Tokens > 20_000, "give 100 to 20000"},
		{"engine.budget", e.Budget < 0 || e.Budget > 2_000_000, "give 0 to 2000000"},
		{"engine.reserve", e.Reserve < 0 || e.Reserve > 200_000, "give 0 to 200000"},
		{"engine.knowledge", e.Knowledge < 0 || e.Knowledge > 2_000_000, "give 0 to 2000000"},
		{"engine.tools", e.Tools < 0 || e.Tools > 200_000, "give 0 to 200000"},
		{"engine.examples", e.Examples < 0 || e.Examples > 200_000, "give 0 to 200000"},
		{"engine.session", e.Session < 0 || e.Session > 200_000, "give 0 to 200000"},
		{"engine.diversity", e.Diversity < 0 || share(e.Diversity), "give 0 to 1"},
		{"engine.most", e.Most < 0 || e.Most > 8, "give 0 to 8"},
		{"engine.order", !slices.Contains([]string{"", "edges", "best_first", "best_last"}, e.Order), "give edges, best_first or best_last"},
		{"tools", len(as.Tools) > maxTools, "give at most 128"},
		{"library", as.Library != "" && !library.Named(as.Library), "give the name of an example library, or name@version"},
		{"examples", len(as.Examples) > maxExamples, "give at most 200"},
	}
	fields = append(fields, as.expertFields()...)
	for i, t := range as.Tools {
		fields = append(fields, field{fmt.Sprintf("tools[%d].name", i), !toolName.MatchString(t.Name), "give up to 64 letters, digits, hyphens and underscores"},
			field{fmt.Sprintf("tools[%d].description", i), long(t.Description, maxDescription), "give at most 2000 characters"},
			field{fmt.Sprintf("tools[%d].parameters", i), len(t.Parameters) > maxSchema || len(t.Parameters) > 0 && !isObject(t.Parameters), "give a JSON object of at most 32 KiB"})
	}
	for i, x := range as.Examples {
		fields = append(fields, field{fmt.Sprintf("examples[%d].question", i), strings.TrimSpace(x.Question) == "" || long(x.Question, maxExample), "give 1 to 8000 characters"},
			field{fmt.Sprintf("examples[%d].answer", i), strings.TrimSpace(x.Answer) == "" || long(x.Answer, maxExample), "give 1 to 8000 characters"})
	}
	for _, x := range fields {
		if x.wrong {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("the assistant's %s is out of its bounds", x.name), Hint: x.bound}
		}
	}
	return nil
}

// The names an assistant and a tool may have; a corpus's default assistant has its name.
var (
	assistantName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)
	toolName      = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

func long(s string, most int) bool { return !utf8.ValidString(s) || utf8.RuneCountInString(s) > most }

func repeated(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) < len(names) || slices.Contains(names, "")
}

func isObject(raw json.RawMessage) bool {
	var o map[string]any
	return json.Unmarshal(raw, &o) == nil && o != nil
}

// named says what an assistant names that is not there, and fills in the house's prompt
// where it names none.
func (a *Answerer) named(ctx context.Context, sc scope.Scope, as *Assistant) error {
	for _, name := range as.Corpora {
		if _, err := a.Library.Corpus(ctx, sc, name); err != nil {
			return err
		}
	}
	if !slices.Contains(as.Corpora, as.Name) {
		if _, err := a.Library.Corpus(ctx, sc, as.Name); err == nil {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%q is the name of a corpus that the assistant does not have", as.Name),
				Hint: "choose another name, or put the corpus among its corpora"}
		}
	}
	if as.Judge != "" && !has(a.Judges, sc.Space(), as.Judge) {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no judge named %q", as.Judge), Hint: "wenyuan model list shows what can judge"}
	}
	if as.Guard != "" && a.Guards == nil {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: "there are no guards here, and the assistant names a policy of theirs", Hint: "leave guard out"}
	}
	if as.Guard != "" {
		if _, err := a.Guards.For(ctx, sc.Space(), as.Guard); err != nil {
			return err
		}
	}
	if as.Reranker != "" && !has(a.Rerankers, sc.Space(), as.Reranker) {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no reranker named %q", as.Reranker), Hint: "wenyuan model list shows what can rerank"}
	}
	if err := a.pinLibrary(ctx, sc, as); err != nil {
		return err
	}
	if as.Model == "" {
		as.Prompt = ""
		return nil
	}
	if _, ok := a.chat(sc.Space(), as.Model); !ok {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("there is no model named %q", as.Model), Hint: "wenyuan model list shows what can chat"}
	}
	if err := cmp.Or(a.ladderNamed(sc.Space(), *as), a.expertsNamed(sc.Space(), *as)); err != nil {
		return err
	}
	if err := a.pinPrompt(ctx, sc, as); err != nil {
		return err
	}
	t, err := a.template(ctx, sc, as.Prompt)
	if err != nil {
		return err
	}
	return t.Check(as.Engine.Values)
}

// pinPrompt puts the version that is in use now in the place of a template's name, or of none.
func (a *Answerer) pinPrompt(ctx context.Context, sc scope.Scope, as *Assistant) error {
	named, err := a.prompts.Find(ctx, sc, as.Prompt, "")
	switch {
	case as.Prompt == "" || err == nil && named.BuiltIn:
		as.Prompt = a.prompt.Load().Hash
	case err == nil:
		as.Prompt = named.Hash
	case wenyuan.CodeOf(err) != wenyuan.NotFound:
		return err
	}
	return nil
}

// has says whether a finder finds a name; no finder finds nothing.
func has[T any](find func(space, name string) (T, bool), space, name string) bool {
	if find == nil {
		return false
	}
	_, ok := find(space, name)
	return ok
}
