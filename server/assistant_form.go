package server

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/gateway"
	"wenyuan/internal/diff"
	"wenyuan/prompt"
	"wenyuan/web"
)

// A draft is an assistant as the page edits it. The words of its prompt stand beside the
// version that they become when it is saved.
type draft struct {
	answer.Assistant
	words string
}

// A setting is a row of the page: where it stands in an assistant, how it is shown and what
// it may be. take reads the control and says what is wrong with it.
type setting struct {
	name, kind string
	fallback   string // what an empty value means
	rows       int
	show       func(draft) string
	take       func(*draft, string) *web.Fault
	read       func(*desk, url.Values, *draft) *web.Fault // in the place of take, of what has several controls
	options    func(*desk, draft) []web.Option
}

// A chapter is a part of the page.
type chapter struct {
	name     string
	settings []setting
}

// chapters are all settings of an assistant in the order of the page.
var chapters = []chapter{
	{"who", []setting{
		line("title", 200, func(d *draft) *string { return &d.Title }),
		line("description", 2000, func(d *draft) *string { return &d.Description }),
		{name: "corpora", kind: "many", options: corpusOptions},
	}},
	{"retrieval", []setting{
		share("floor", -1, 1, "0.42", func(d *draft) *float64 { return &d.Filters.Floor }),
		share("beside", -1, 1, "0.6", func(d *draft) *float64 { return &d.Filters.Beside }),
		share("stale", -1, 1, "0.5", func(d *draft) *float64 { return &d.Filters.Stale }),
		share("duplicate", -1, 1, "0.8", func(d *draft) *float64 { return &d.Filters.Duplicate }),
		share("diversity", -1, 1, "0.7", func(d *draft) *float64 { return &d.Filters.Diversity }),
		share("conflict", -1, 1, "0.7", func(d *draft) *float64 { return &d.Filters.Conflict }),
		whole("keep", 1, 64, "8", func(d *draft) *int { return &d.Filters.Keep }),
		whole("tokens", 1, 1_000_000, "4000", func(d *draft) *int { return &d.Filters.Tokens }),
		choice("reranker", "", func(d *draft) *string { return &d.Reranker }, able("choice.builtin", gateway.Rerank)),
	}},
	{"writing", []setting{
		choice("model", "", func(d *draft) *string { return &d.Model }, able("choice.nomodel", gateway.Chat)),
		flag("extractive", func(d *draft) *bool { return &d.Extractive }),
		{name: "ladder", kind: "text", show: showLadder, take: takeLadder},
		{name: expertsAt, kind: "long", show: showExperts, read: (*desk).readExperts},
		share("expert_floor", 0, 1, "", func(d *draft) *float64 { return &d.ExpertFloor }),
		{name: "prompt", kind: "long", rows: 14, show: func(d draft) string { return d.words }, take: takePrompt},
		choice("cache_level", "", func(d *draft) *string { return &d.Cache.Level }, cacheLevels),
		whole("cache_keep", 1, 30*24*3600, "3600", func(d *draft) *int { return &d.Cache.Keep }),
		whole("cache_stale", 1, 30*24*3600, "", func(d *draft) *int { return &d.Cache.Stale }),
		written("values", 5, func(d *draft) *map[string]any { return &d.Engine.Values }),
	}},
	{"engine", []setting{
		whole("budget", 1, 1<<20, "", func(d *draft) *int { return &d.Engine.Budget }),
		whole("reserve", 1, 200_000, "1500", func(d *draft) *int { return &d.Engine.Reserve }),
		whole("knowledge", 1, 1<<20, "", func(d *draft) *int { return &d.Engine.Knowledge }),
		whole("tools_tokens", 1, 200_000, "600", func(d *draft) *int { return &d.Engine.Tools }),
		whole("examples_tokens", 1, 200_000, "900", func(d *draft) *int { return &d.Engine.Examples }),
		whole("session", 1, 200_000, "800", func(d *draft) *int { return &d.Engine.Session }),
		share("engine_diversity", 0, 1, "0.7", func(d *draft) *float64 { return &d.Engine.Diversity }),
		share("tool_floor", -1, 1, "0.2", func(d *draft) *float64 { return &d.Engine.Floor }),
		whole("most", 1, 8, "2", func(d *draft) *int { return &d.Engine.Most }),
		choice("order", prompt.Edges, func(d *draft) *string { return &d.Engine.Order }, phrased(prompt.Orders()...)),
		choice("format", "auto", func(d *draft) *string { return &d.Engine.Format }, phrased(append([]string{"auto"}, prompt.Formats()...)...)),
	}},
	{"checks", []setting{
		choice("unsupported", answer.Mark, func(d *draft) *string { return &d.Unsupported }, phrased(answer.Mark, answer.Withhold, answer.Regenerate)),
		choice("judge", "", func(d *draft) *string { return &d.Judge }, able("choice.none", gateway.Judging)),
		choice("guard", "", func(d *draft) *string { return &d.Guard }, guardOptions),
		choice("gate", "", func(d *draft) *string { return &d.Gate }, gateOptions),
	}},
	{"recall", []setting{
		choice("rewrite", answer.ByRules, func(d *draft) *string { return &d.Recall.Rewrite }, phrased(answer.Off, answer.ByRules, answer.ByModel)),
		choice("decide", answer.ByRules, func(d *draft) *string { return &d.Recall.Decide }, phrased(answer.Off, answer.ByRules, answer.ByModel)),
		choice("judge_found", answer.ByRules, func(d *draft) *string { return &d.Recall.Judge }, phrased(answer.Off, answer.ByRules, answer.ByModel)),
		whole("rounds", -1, 3, "1", func(d *draft) *int { return &d.Recall.Rounds }),
		whole("recall_tokens", 100, 20_000, "2000", func(d *draft) *int { return &d.Recall.Tokens }),
	}},
	{"memory", []setting{
		written("tools", 8, func(d *draft) *[]wenyuan.Tool { return &d.Tools }),
		line("library", 140, func(d *draft) *string { return &d.Library }),
		written("examples", 8, func(d *draft) *[]prompt.Example { return &d.Examples }),
	}},
	{"manners", []setting{
		choice("consistency", answer.Session, func(d *draft) *string { return &d.Consistency }, phrased(answer.Session, answer.Strong, answer.Eventual)),
		flag("smalltalk", func(d *draft) *bool { return &d.Smalltalk }),
		line("notice", 2000, func(d *draft) *string { return &d.Notice }),
	}},
	{"extract", []setting{
		whole("sentences", 1, 50, "6", func(d *draft) *int { return &d.Extract.Sentences }),
		share("quote_floor", -1, 1, "0.3", func(d *draft) *float64 { return &d.Extract.Floor }),
	}},
}

// line is a text of one line.
func line(name string, most int, at func(*draft) *string) setting {
	return setting{name: name, kind: "text", show: func(d draft) string { return *at(&d) }, take: func(d *draft, s string) *web.Fault {
		if n := utf8.RuneCountInString(s); n > most {
			return &web.Fault{Key: "long", Args: []any{most, n}}
		}
		*at(d) = s
		return nil
	}}
}

// minus takes numbers as people write them: with a true minus, thousands apart by commas.
var minus = strings.NewReplacer("−", "-", ",", "")

// bound is a number with a true minus, as the words beside it have it.
func bound(s string) string { return strings.Replace(s, "-", "−", 1) }

// whole is a whole number. Zero is what stands for the default in an assistant, so nobody
// can mean it.
func whole(name string, low, high int, fallback string, at func(*draft) *int) setting {
	return setting{name: name, kind: "number", fallback: fallback, show: func(d draft) string {
		if *at(&d) == 0 {
			return ""
		}
		return strconv.Itoa(*at(&d))
	}, take: func(d *draft, s string) *web.Fault {
		n, err := strconv.Atoi(minus.Replace(s))
		switch {
		case s == "":
			n = 0
		case err != nil:
			return &web.Fault{Key: "whole"}
		case n == 0 && low <= 0:
			return &web.Fault{Key: "zero"}
		case n < low || n > high:
			return &web.Fault{Key: "between", Args: []any{bound(strconv.Itoa(low)), high}}
		}
		*at(d) = n
		return nil
	}}
}

// share is a number with a fraction.
func share(name string, low, high float64, fallback string, at func(*draft) *float64) setting {
	text := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	return setting{name: name, kind: "number", fallback: fallback, show: func(d draft) string {
		if *at(&d) == 0 {
			return ""
		}
		return text(*at(&d))
	}, take: func(d *draft, s string) *web.Fault {
		f, err := strconv.ParseFloat(strings.ReplaceAll(s, "−", "-"), 64)
		switch {
		case s == "":
			f = 0
		case err != nil || f != f:
			return &web.Fault{Key: "number"}
		case f < low || f > high:
			return &web.Fault{Key: "between", Args: []any{bound(text(low)), text(high)}}
		case f == 0:
			return &web.Fault{Key: "zero"}
		}
		*at(d) = f
		return nil
	}}
}

func flag(name string, at func(*draft) *bool) setting {
	return setting{name: name, kind: "flag", show: func(d draft) string {
		if *at(&d) {
			return "on"
		}
		return ""
	}, take: func(d *draft, s string) *web.Fault { *at(d) = s == "on"; return nil }}
}

// choice is one of several values, fallback being what an empty one means. A value that is
// not on the list any more stays where it is chosen, so that nothing is changed unseen.
func choice(name, fallback string, at func(*draft) *string, from func(*desk) []web.Option) setting {
	show := func(d draft) string { return cmp.Or(*at(&d), fallback) }
	s := setting{name: name, kind: "choice", show: show}
	s.options = func(k *desk, d draft) []web.Option {
		all := from(k)
		for _, held := range []string{show(k.live), show(d)} {
			if !slices.ContainsFunc(all, func(o web.Option) bool { return o.Value == held }) {
				all = append(all, web.Option{Value: held})
			}
		}
		for i, o := range all {
			all[i].Live, all[i].Chosen = k.live.Name != "" && o.Value == show(k.live), o.Value == show(d)
		}
		return all
	}
	s.take = func(d *draft, v string) *web.Fault {
		if v != show(*d) {
			*at(d) = v
		}
		return nil
	}
	return s
}

// phrased are options that the console has words for.
func phrased(values ...string) func(*desk) []web.Option {
	return func(*desk) []web.Option {
		var out []web.Option
		for _, v := range values {
			out = append(out, web.Option{Value: v, Word: "choice." + v})
		}
		return out
	}
}

// able are the models that can do something, behind the word for none of them.
func able(none, what string) func(*desk) []web.Option {
	return func(k *desk) []web.Option {
		out := []web.Option{{Word: none}}
		for _, m := range k.models {
			if m.Able(what) {
				out = append(out, web.Option{Value: m.Name})
			}
		}
		return out
	}
}

// cacheLevels are the levels at which what a model answers is given again.
func cacheLevels(*desk) []web.Option {
	return append([]web.Option{{Word: "choice.cache_share"}}, phrased(answer.CacheExact, answer.CacheAlike, answer.CacheOff)(nil)...)
}

// gateOptions say whether a version has to be admitted before it is in use.
func gateOptions(*desk) []web.Option {
	return []web.Option{{Word: "choice.gate"}, {Value: answer.Required, Word: "choice.required"}}
}

// guardOptions are the policies that hold, behind the one of the space.
func guardOptions(k *desk) []web.Option {
	out := []web.Option{{Word: "choice.guard"}}
	for _, name := range k.policies {
		out = append(out, web.Option{Value: name})
	}
	return out
}

// corpusOptions are the corpora that the asker may see, and those the assistant has.
func corpusOptions(k *desk, d draft) []web.Option {
	var out []web.Option
	for _, c := range k.corpora {
		out = append(out, web.Option{Value: c.Name, Live: slices.Contains(k.live.Corpora, c.Name), Chosen: slices.Contains(d.Corpora, c.Name)})
	}
	return out
}

// written is a value that is written as JSON; unknown fields are refused, so that a slip of the
// pen does not vanish.
func written[T any](name string, rows int, at func(*draft) *T) setting {
	return setting{name: name, kind: "long", rows: rows, show: func(d draft) string {
		b, err := json.MarshalIndent(*at(&d), "", "  ")
		if s := string(b); err == nil && s != "null" && s != "[]" && s != "{}" {
			return s
		}
		return ""
	}, take: func(d *draft, s string) *web.Fault {
		var v T
		if strings.TrimSpace(s) != "" {
			if err := readJSON(strings.NewReader(s), &v, false); err != nil {
				_, cause, _ := strings.Cut(err.Error(), "expected here: ")
				return &web.Fault{Key: "json", Args: []any{cause}}
			}
		}
		*at(d) = v
		return nil
	}}
}

// takePrompt tries the words of the prompt, so that a mistake is found before anybody asks.
func takePrompt(d *draft, s string) *web.Fault {
	d.words = s
	return nil
}

// showLadder writes the rungs of a ladder; that of the documents' own sentences has its own switch.
func showLadder(d draft) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(d.Ladder), func(r string) bool { return r == answer.RungExtractive }), ", ")
}

// takeLadder reads what showLadder writes. What is no rung is found when the assistant is saved.
func takeLadder(d *draft, s string) *web.Fault {
	d.Ladder = nil
	for r := range strings.FieldsFuncSeq(s, func(c rune) bool { return c == ',' || c == '，' || c == '、' }) {
		if r = strings.TrimSpace(r); r != "" {
			d.Ladder = append(d.Ladder, r)
		}
	}
	return nil
}

// held is the value of a control; line ends come from browsers as CR LF.
func held(form url.Values, name string) string {
	return strings.ReplaceAll(form.Get(name), "\r\n", "\n")
}

// read takes a posted form over what holds now, and gives the faults by setting.
func (k *desk) read(form url.Values) (draft, map[string]*web.Fault) {
	d, faults := k.live, map[string]*web.Fault{}
	for _, c := range chapters {
		for _, s := range c.settings {
			switch {
			case s.name == "corpora":
				d.Corpora, d.Corpus = inOrder(k.live.Corpora, form["corpora"]), ""
				if len(d.Corpora) == 0 {
					faults[s.name] = &web.Fault{Key: "one"}
				}
			case s.read != nil:
				if f := s.read(k, form, &d); f != nil {
					faults[s.name] = f
				}
			case s.kind == "long":
				if f := s.take(&d, held(form, s.name)); f != nil {
					faults[s.name] = f
				}
			default:
				if f := s.take(&d, strings.TrimSpace(held(form, s.name))); f != nil {
					faults[s.name] = f
				}
			}
		}
	}
	return d, faults
}

// inOrder are the chosen names: those that were there in the order they had, then the others.
// The first corpus of an assistant is the one that older clients know it by.
func inOrder(before, chosen []string) []string {
	out := slices.DeleteFunc(slices.Clone(before), func(n string) bool { return !slices.Contains(chosen, n) })
	for _, n := range chosen {
		if n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// form shows a draft beside what holds now. raw are the controls as they were sent, which
// stand where a draft could not take them; nil shows the draft alone.
func (k *desk) form(d draft, raw url.Values, faults map[string]*web.Fault) web.Form {
	f := web.Form{Live: k.live.Hash}
	for _, c := range chapters {
		g := web.Group{Name: c.name}
		for _, s := range c.settings {
			g.Fields = append(g.Fields, k.field(s, d, raw, faults[s.name]))
		}
		f.Groups = append(f.Groups, g)
	}
	return f
}

func (k *desk) field(s setting, d draft, raw url.Values, fault *web.Fault) web.Field {
	f := web.Field{Name: s.name, Kind: s.kind, Default: s.fallback, Rows: s.rows, Fault: fault, Note: k.note(s.name, d)}
	if s.show != nil {
		f.Draft = s.show(d)
		if k.live.Name != "" {
			f.Live = s.show(k.live)
		}
	}
	if s.read != nil {
		f.Experts = k.expertRows(d, raw)
	} else if fault != nil && raw != nil && s.kind != "many" {
		f.Draft = held(raw, s.name)
	}
	if f.Draft == "" && f.Live != "" && f.Live == s.fallback {
		f.Draft = f.Live // empty means what holds already
	}
	if s.options != nil {
		f.Options = s.options(k, d)
	}
	if s.kind == "long" && k.live.Name != "" && f.Live != f.Draft {
		f.Diff = difference(f.Live, f.Draft)
	}
	return f
}

// diffContext is how many unchanged lines stand around a change.
const diffContext = 3

// difference is how one text became another, without the long stretches that are the same.
func difference(before, after string) []web.DiffLine {
	lines := diff.Lines(before, after)
	near := make([]bool, len(lines))
	for i, l := range lines {
		if l.Op != diff.Same {
			for j := max(0, i-diffContext); j < min(len(lines), i+diffContext+1); j++ {
				near[j] = true
			}
		}
	}
	kinds := map[diff.Op]string{diff.Removed: "d", diff.Added: "a"}
	var out []web.DiffLine
	for i, l := range lines {
		if !near[i] {
			if len(out) == 0 || out[len(out)-1].Kind != "gap" {
				out = append(out, web.DiffLine{Kind: "gap"})
			}
			continue
		}
		w := web.DiffLine{Kind: kinds[l.Op], Old: l.Old, New: l.New}
		for _, p := range l.Pieces {
			w.Parts = append(w.Parts, web.DiffPart{Text: p.Text, Changed: p.Changed || len(l.Pieces) == 1 && l.Op == diff.Added})
		}
		out = append(out, w)
	}
	return out
}
