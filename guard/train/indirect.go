package train

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
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
// within one. What people ask an assistant, harmless or not (the own rows of the other
// models), belongs into no passage either and is put into a few.
func indirectly() Recipe {
	return Recipe{
		Name: "indirect", File: "guard/indirect/model.bin",
		Train: linear.TrainOptions{Classes: []string{foreign}, Seed: 2, L2: 1e-4, Rounds: 8, Rate: 0.12,
			Options: linear.Options{Bits: 17, Words: 1, Skip: true, Han: 2}},
		Sources: []Source{
			{Name: "BIPIA", Path: bipiaFile, SHA256: bipiaSum, Licence: mit, Row: instruction},
			{Name: "RocketMQ en", Path: "retrieval/rocketmq_faq_en/corpus.jsonl", Licence: apache, Row: section("en"),
				SHA256: "355959e1c12a0ebdcce0ae0b65bcbd2d9c0a93c6e26c6302495ff33fb846df77"},
			{Name: "RocketMQ zh", Path: "retrieval/rocketmq_faq_zh/corpus.jsonl", Licence: apache, Row: section("zh"),
				SHA256: "6d257f413ed9209932527cd83251e3568f0619da505899143f84ea1057345c60"},
			{Name: "RocketMQ FAQ", Path: "golden/rocketmq_faq.jsonl", SHA256: "2e5a15463f30fc2a1f672d04b163388a8a5d64f5eefdb229a66001a27a649d79", Licence: apache, Row: answered},
			{Name: "BFCL tools", Path: "tools/bfcl/simple_python.jsonl", SHA256: "6dca845cfc1438d2d6eb70fe5e969d8350db0047cef95b8ad08bbe3791d57d4b", Licence: apache, Row: manualOfTools},
			{Name: "BFCL more tools", Path: "tools/bfcl/live_multiple.jsonl", SHA256: "5d9f5fd630c6534daa25403c50a081f47dcc108c8366bfeb03f7eef5834faea3", Licence: apache, Row: manualOfTools},
			{Name: "PAWS-X", Path: "cache/pawsx_zh.jsonl", SHA256: "19255ebaca795d5db29cdd8703091975a551ba56a6d6bf4c67d0432e01778568", Licence: "free for any use with credit", Row: encyclopedia()},
			{Name: "GSM8K", Path: "instruct/gsm8k_train500.jsonl", SHA256: "8419c7cc8bb83032f46ae58ce3b7637564bd570a738f9ebc1d56873508f751f7", Licence: mit, Row: exercise},
			{Name: "glaive en", Path: "instruct/toolcall_en.jsonl", SHA256: "1bcbcf21f26d7c50ce9c4506a299ad501fd4e4332e565f37b12358e7aadb8ac3", Licence: apache, Row: talk("en")},
			{Name: "glaive zh", Path: "instruct/toolcall_zh.jsonl", SHA256: "dc4d8f8e67c99fce25534ce097ba64cfedc2bf08202837601b7e7ea45de1f05d", Licence: apache, Row: talk("zh")},
		},
		Own: []string{"indirect_attacks.jsonl", "indirect_clean.jsonl", "indirect_manual.jsonl",
			"direct_en.jsonl", "direct_zh.jsonl", "content_plain_en.jsonl", "content_plain_zh.jsonl"},
		Spread:      compose,
		Examples:    pieces,
		Score:       scoreIndirect,
		FalseAlarms: 0.012,
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

// manualOfTools is what a manual would say of the tools that a model may call: lists of
// sentences that begin with a verb.
func manualOfTools(line []byte) (Row, bool, error) {
	var b struct {
		ID       string
		Function []struct {
			Name, Description string
			Parameters        struct {
				Properties map[string]struct{ Description string }
			}
		}
	}
	if err := json.Unmarshal(line, &b); err != nil || len(b.Function) == 0 {
		return Row{}, false, err
	}
	var text strings.Builder
	for _, f := range b.Function {
		text.WriteString("## " + f.Name + "\n" + f.Description + "\n")
		for _, name := range slices.Sorted(maps.Keys(f.Parameters.Properties)) {
			text.WriteString("- " + name + ": " + f.Parameters.Properties[name].Description + "\n")
		}
	}
	return Row{Context: clipped(text.String(), 4000), Source: "BFCL tools", Lang: "en", Kind: carrier, Weight: 0.3}, true, nil
}

// encyclopedia joins five sentences that were taken from Wikipedia to a passage.
func encyclopedia() func([]byte) (Row, bool, error) {
	var sentences []string
	return func(line []byte) (Row, bool, error) {
		var b struct{ A string }
		if err := json.Unmarshal(line, &b); err != nil {
			return Row{}, false, err
		}
		if sentences = append(sentences, strings.ReplaceAll(b.A, " ", "")); len(sentences) < 5 {
			return Row{}, false, nil
		}
		text := strings.Join(sentences, "")
		sentences = nil
		return Row{Source: "PAWS-X", Context: text, Lang: "zh", Kind: carrier, Weight: 0.5}, true, nil
	}
}

// exercise is a problem with its solution: prose that ends with a question about itself.
func exercise(line []byte) (Row, bool, error) {
	var b struct{ Question, Answer string }
	if err := json.Unmarshal(line, &b); err != nil {
		return Row{}, false, err
	}
	return Row{Source: "GSM8K", Context: b.Question + "\n" + b.Answer, Lang: "en", Kind: carrier, Weight: 0.3}, true, nil
}

// talk is a conversation as a log shows it.
func talk(lang string) func([]byte) (Row, bool, error) {
	who := map[string]map[string]string{"en": {"human": "Customer", "gpt": "Service"}, "zh": {"human": "客户", "gpt": "客服"}}[lang]
	return func(line []byte) (Row, bool, error) {
		var b struct {
			Conversations []struct{ From, Value string }
		}
		if err := json.Unmarshal(line, &b); err != nil {
			return Row{}, false, err
		}
		var text strings.Builder
		for _, t := range b.Conversations {
			if who[t.From] != "" {
				text.WriteString(who[t.From] + ": " + t.Value + "\n")
			}
		}
		return Row{Source: "glaive", Context: clipped(text.String(), 4000), Lang: lang, Kind: carrier, Weight: 0.3}, text.Len() > 0, nil
	}
}

// answered is a question of a list of questions, with its answer.
func answered(line []byte) (Row, bool, error) {
	var b struct{ Question, Answer, Lang, File string }
	if err := json.Unmarshal(line, &b); err != nil {
		return Row{}, false, err
	}
	return Row{Source: "RocketMQ FAQ", Context: clipped(b.Question+"\n"+b.Answer, 4000), Lang: b.Lang, Kind: carrier, Family: "FAQ/" + b.Question}, true, nil
}

func clipped(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// shelves are passages by language and by what they are like.
type shelves map[string][]Row

// Shelves that an instruction is put on, in turn: outside, too, most of what is attacked
// are tables and plain prose. The last is of the other language.
var turnOfShelves = []string{"table", "report", "own", "table", "docs", "report", "own", "kin", "kin", "own"}

// askedWeight and shelvesOfAsked are of what was taken from other models.
const askedWeight = 0.25

var shelvesOfAsked = []string{"report", "table", "own"}

func shelve(rows []Row) shelves {
	s := shelves{}
	for _, r := range rows {
		if r.Kind != carrier {
			continue
		}
		form, _, _ := strings.Cut(r.Family, "/")
		switch {
		case r.Source == "RocketMQ":
			s.put("docs", r)
		case r.Source == "PAWS-X":
			s.put("report", r)
		case r.Source == "indirect_clean.jsonl":
			if form == "genre" {
				s.put("kin", r)
				continue
			}
			s.put("own", r)
			if form == "table" || form == "report" {
				s.put(form, r)
			}
		}
	}
	return s
}

func (s shelves) put(name string, r Row) { s[name+r.Lang] = append(s[name+r.Lang], r) }

// compose puts every instruction into passages, and adds titles.
func compose(rows []Row) (out []Row) {
	s, seen := shelve(rows), map[string]bool{}
	for _, r := range rows {
		switch {
		case r.Kind == carrier:
			out = append(out, r)
			if r.Text != "" {
				out = append(out, Row{Text: r.Text, Lang: r.Lang, Source: r.Source, Family: r.Family, Kind: name, Weight: 0.5})
			}
		case r.Kind == name:
			out = append(out, r)
		case r.Context != "" && len(r.Class) > 0:
			out = append(out, standing(r))
		case !seen[r.Text]:
			seen[r.Text] = true
			if r, ok := asked(r); ok {
				out = append(out, s.placed(r)...)
			}
		}
	}
	return out
}

// standing is an instruction that was written into a passage of its own.
func standing(r Row) Row {
	r.from = strings.Index(r.Context, r.Text)
	r.to, r.Text = r.from+len(r.Text), ""
	return r
}

// asked makes an instruction of a row of another model. What is long has a passage of its
// own, and what describes a role or answers a question asks for nothing.
func asked(r Row) (Row, bool) {
	switch {
	case slices.Contains(r.Class, foreign):
		return r, true
	case len(r.Text) > 400 || r.Kind == "role" || r.Kind == "answers" || r.Kind == "benign_hard":
		return r, false
	case len(r.Class) > 0:
		r.Kind = "override"
	default:
		r.Kind = "question"
	}
	r.Class, r.Weight = []string{foreign}, askedWeight
	if r.Family == "" {
		r.Family = r.Text
	}
	return r, true
}

// placed are the passages of one instruction, chosen by its text alone.
func (s shelves) placed(r Row) (out []Row) {
	h := fnv.New64a()
	h.Write([]byte(r.Text))
	random := h.Sum64() | 1
	turns := turnOfShelves
	if r.Weight == askedWeight {
		turns = shelvesOfAsked
	}
	for i, shelf := range turns {
		lang := r.Lang
		if i == len(turnOfShelves)-1 {
			lang = map[string]string{"en": "zh", "zh": "en"}[lang]
		}
		from := fitting(s[shelf+lang], r.Kind)
		if len(from) == 0 {
			continue
		}
		c := from[next(&random, len(from))]
		row := r
		row.Text = c.Text
		row.Context, row.from, row.to = put(r.Text, c.Context, next(&random, 4), &random)
		out = append(out, row)
	}
	if r.Kind != "task" && r.Kind != "question" && r.Source != "BIPIA" {
		out = append(out, Row{Text: r.Text, Lang: r.Lang, Source: r.Source, Family: r.Family, Kind: name, Class: r.Class})
	}
	return out
}

// hosts are the families of own passages where tasks and questions are at home (1), and those
// where orders to a model are (2).
var hosts = map[string]int{"genre/homework": 1, "genre/exercise": 1, "genre/interview": 1, "genre/play": 1, "genre/form": 1, "genre/poem": 1, "genre/game": 1, "genre/training": 1,
	"genre/support": 1, "genre/minutes": 1, "genre/letter": 1, "genre/ad": 1, "genre/speech": 1,
	"genre/botprompt": 3, "genre/prompttips": 3, "genre/apidoc": 3, "genre/incident": 3, "genre/style": 3}

// fitting leaves out the passages where a question or a task is at home.
func fitting(passages []Row, kind string) (out []Row) {
	for _, p := range passages {
		form, _, _ := strings.Cut(p.Family, "/")
		home := form == "exercise" || form == "dialogue" || form == "llmdoc" || form == "faq" || form == "interview" || form == "chat"
		home = home || hosts[p.Family]&1 != 0
		if hosts[p.Family]&2 != 0 && kind != "exfiltration" && kind != "leak" && kind != "link" {
			continue
		}
		if !home || kind != "task" && kind != "question" {
			out = append(out, p)
		}
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
