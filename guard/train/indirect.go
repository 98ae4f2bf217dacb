package train

import (
	"encoding/json"
	"hash/fnv"
	"strings"

	"wenyuan/guard/indirect"
	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

const (
	bipiaFile = "security/indirect_bipia.jsonl"
	bipiaSum  = "9bd1aba878574fcea43f28141e20d100d78ae4452340bfb723e87a5851d6b8e0"

	foreign = "foreign"
	carrier = "carrier" // Kind of a clean passage that instructions are put into
	name    = "name"    // Kind of a title or the name of a file
)

// indirectly is the model of guard/indirect: one class, what does not belong in a passage.
//
// Instructions: BIPIA's (MIT) without the contexts they were published in, which are CC
// BY-SA, and own rows in both languages. Passages: the sections of RocketMQ's documentation
// and own passages of many forms that look near: lists of questions, manuals, letters,
// exercises, dialogues, programs, tables, and texts about prompts and prompt injection. Each
// instruction is put into several passages, at the start, at the end, between lines and
// within one.
func indirectly() Recipe {
	return Recipe{
		Name: "indirect", File: "guard/indirect/model.bin",
		Train: linear.TrainOptions{Classes: []string{foreign}, Seed: 2, L2: 2e-6,
			Options: linear.Options{Bits: 17, Words: 2, Skip: true, Latin: 4, Han: 3}},
		Sources: []Source{
			{Name: "BIPIA", Path: bipiaFile, SHA256: bipiaSum, Licence: mit, Row: instruction},
			{Name: "RocketMQ en", Path: "retrieval/rocketmq_faq_en/corpus.jsonl", Licence: apache, Row: section("en"),
				SHA256: "355959e1c12a0ebdcce0ae0b65bcbd2d9c0a93c6e26c6302495ff33fb846df77"},
			{Name: "RocketMQ zh", Path: "retrieval/rocketmq_faq_zh/corpus.jsonl", Licence: apache, Row: section("zh"),
				SHA256: "6d257f413ed9209932527cd83251e3568f0619da505899143f84ea1057345c60"},
		},
		Own:         []string{"indirect_attacks.jsonl", "indirect_clean.jsonl"},
		Spread:      compose,
		Examples:    pieces,
		Score:       scoreIndirect,
		FalseAlarms: 0.004,
	}
}

// instruction takes what was put into a context, and not the context.
func instruction(line []byte) (Row, bool, error) {
	var b struct{ Label, Attack, Category string }
	if err := json.Unmarshal(line, &b); err != nil || b.Label != "attack" {
		return Row{}, false, err
	}
	return Row{Source: "BIPIA", Text: b.Attack, Lang: "en", Class: []string{foreign}, Kind: b.Category, Family: "BIPIA/" + b.Category}, true, nil
}

func section(lang string) func([]byte) (Row, bool, error) {
	return func(line []byte) (Row, bool, error) {
		var s struct{ Title, Text, Doc string }
		if err := json.Unmarshal(line, &s); err != nil || strings.TrimSpace(s.Text) == "" {
			return Row{}, false, err
		}
		return Row{Source: "RocketMQ", Text: s.Title, Context: clipped(s.Text, 4000), Lang: lang, Kind: carrier, Family: "RocketMQ/" + s.Doc}, true, nil
	}
}

func clipped(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// placings are how many passages an instruction is put into.
const placings = 6

// compose puts every instruction into passages, and adds titles. Rows that name a passage
// keep it as it is.
func compose(rows []Row) (out []Row) {
	var own, docs map[string][]Row
	own, docs = map[string][]Row{}, map[string][]Row{}
	for _, r := range rows {
		switch {
		case r.Kind != carrier:
		case r.Source == "indirect_clean.jsonl":
			own[r.Lang] = append(own[r.Lang], r)
		default:
			docs[r.Lang] = append(docs[r.Lang], r)
		}
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if r.Kind == carrier {
			out = append(out, r)
			if r.Text != "" {
				out = append(out, Row{Text: r.Text, Lang: r.Lang, Source: r.Source, Family: r.Family, Kind: name, Weight: 0.5})
			}
			continue
		}
		if seen[r.Text] {
			continue
		}
		seen[r.Text] = true
		out = append(out, placed(r, own, docs)...)
	}
	return out
}

// placed are the passages of one instruction, chosen by its text alone.
func placed(r Row, own, docs map[string][]Row) (out []Row) {
	h := fnv.New64a()
	h.Write([]byte(r.Text))
	random := h.Sum64() | 1
	for i := range placings {
		lang := r.Lang
		if i == placings-1 { // an English sentence in a Chinese passage, or the other way
			lang = map[string]string{"en": "zh", "zh": "en"}[lang]
		}
		from := own[lang]
		if i%2 == 1 && len(docs[lang]) > 0 {
			from = docs[lang]
		}
		if len(from) == 0 {
			continue
		}
		c := from[next(&random, len(from))]
		row := r
		row.Text = c.Text
		row.Context, row.from, row.to = put(r.Text, c.Context, next(&random, 4), &random)
		row.Weight = 1
		out = append(out, row)
	}
	if r.Kind != "task" && r.Kind != "question" && r.Source != "BIPIA" {
		out = append(out, Row{Text: r.Text, Lang: r.Lang, Source: r.Source, Family: r.Family, Kind: name, Class: r.Class})
	}
	return out
}

// put puts a text into a passage: before it, behind it, between two lines, or behind a
// sentence.
func put(text, passage string, where int, random *uint64) (string, int, int) {
	passage = clipped(passage, 3000)
	switch where {
	case 0:
		return text + "\n" + passage, 0, len(text)
	case 1:
		return passage + "\n" + text, len(passage) + 1, len(passage) + 1 + len(text)
	case 2:
		lines := strings.SplitAfter(passage, "\n")
		before := strings.Join(lines[:next(random, len(lines)+1)], "")
		if before != "" && !strings.HasSuffix(before, "\n") {
			before += "\n"
		}
		rest := strings.TrimPrefix(passage, strings.TrimSuffix(before, "\n"))
		return before + text + "\n" + strings.TrimPrefix(rest, "\n"), len(before), len(before) + len(text)
	}
	return within(text, passage, random)
}

func within(text, passage string, random *uint64) (string, int, int) {
	var stops []int
	for _, stop := range []string{". ", "。", "? ", "？", "! "} {
		for at := 0; ; {
			i := strings.Index(passage[at:], stop)
			if i < 0 {
				break
			}
			at += i + len(stop)
			stops = append(stops, at)
		}
	}
	if len(stops) == 0 {
		return passage + " " + text, len(passage) + 1, len(passage) + 1 + len(text)
	}
	at := stops[next(random, len(stops))]
	return passage[:at] + text + " " + passage[at:], at, at + len(text)
}

// pieces are the examples of a passage: of a clean one all segments, of another those that
// were put into it.
func pieces(r Row) (out []linear.Example) {
	weight := r.Weight
	if weight == 0 {
		weight = 1
	}
	if r.Kind == name {
		for _, p := range indirect.NamePieces(reading.Fold(r.Text)) {
			out = append(out, example(p, len(r.Class) > 0, weight))
		}
		return out
	}
	for _, p := range indirect.Pieces(r.Text, reading.Fold(r.Context)) {
		put := p.Start < r.to && p.End > r.from
		if len(r.Class) == 0 || put {
			out = append(out, example(p, put, weight))
		}
	}
	return out
}

func example(p indirect.Piece, is bool, weight float64) linear.Example {
	e := linear.Example{Text: p.Text, Marks: p.Marks, Weight: weight}
	if is {
		e.Class = []int{0}
	}
	return e
}

func scoreIndirect(m *linear.Model, r Row) []float64 {
	if r.Kind == name {
		return []float64{indirect.ScoreName(m, reading.Fold(r.Text))}
	}
	return []float64{indirect.Score(m, r.Text, reading.Fold(r.Context))}
}
