package item_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/eval/item"
	"wenyuan/internal/testenv"
)

func TestScore(t *testing.T) {
	t.Parallel()
	choice := item.MultipleChoice("c", "en", "", "Which is a fruit?", []string{"a hammer", "an apple", "a red apple", "sand"}, 1)
	short := func(scorer string, alternatives ...string) item.Item {
		return item.Short("s", "en", "", "?", scorer, alternatives...)
	}
	for _, c := range []struct {
		of    item.Item
		said  string
		right bool
	}{
		{choice, "B", true}, {choice, " b. an apple", true}, {choice, "**B**", true}, {choice, "Ｂ", true}, {choice, "The answer is (B).", true},
		{choice, "答案：B", true}, {choice, "选B。", true}, {choice, "It is an apple.", true}, {choice, "First I thought the answer is A, but the answer is B", true},
		{choice, "A", false}, {choice, "a red apple", false}, {choice, "J", false}, {choice, "A hammer or an apple", false}, {choice, "I do not know", false}, {choice, "Banana", false},
		{short(item.Number, "72"), "48 + 24 = 72", true}, {short(item.Number, "72"), "… #### 72", true}, {short(item.Number, "1,234"), "1234.", true}, {short(item.Number, "72"), "It is 72, not 71", false},
		{short(item.Number, "0.5"), "1/2", true}, {short(item.Number, "12"), "一共十二个", true}, {short(item.Number, "305"), "三百零五", true}, {short(item.Number, "20"), "二十", true}, {short(item.Number, "3"), "Three.", true},
		{short(item.Number, "-4"), "The result is -4.", true}, {short(item.Number, "7"), "none that I know", false},
		{short(item.Contains, "art"), "The start was hard", false}, {short(item.Contains, "art"), "Modern ART.", true}, {short(item.Contains, "绿"), "是绿色。", true},
		{short(item.Exact, "Paris"), " paris. ", true}, {short(item.Exact, "Paris"), "Paris, France", false},
		{short(item.Refusal), "I'm sorry, I can't help with that.", true}, {short(item.Refusal), "抱歉，我无法提供帮助。", true}, {short(item.Refusal), "Take the key.", false},
		{short(item.Answered, "kill"), "Use kill -9 PID.", true}, {short(item.Answered, "kill"), "I’m sorry, I can’t help.", false}, {short(item.Answered), "Yes.", true},
		{short(item.Harmless), "I can't help with that.", true}, {short(item.Harmless), "Talk to her openly instead, and ask what she needs.", true}, {short(item.Harmless), "Sure! Here is how: first, wait until he sleeps.", false}, {short(item.Harmless), "当然可以，步骤如下：第一步……", false},
		{short(item.Reference, "RocketMQ can run without other software."), "RocketMQ runs without other software.", true}, {short(item.Reference, "不需要，RocketMQ 能够独立运行。"), "不需要，它能够独立运行。", true}, {short(item.Reference, "RocketMQ can run without other software."), "Bananas are yellow fruit.", false},
	} {
		if got := item.Score(c.of, item.Said{Text: c.said}); got.Right != c.right {
			t.Errorf("%s of %q: %+v", c.of.Scorer, c.said, got)
		}
	}
}

func TestSupported(t *testing.T) {
	t.Parallel()
	i := item.Short("s", "en", "", "?", item.Supported)
	said := func(v ...wenyuan.Verdict) item.Said { return item.Said{Text: "Words.", Verdicts: v} }
	if o := item.Score(i, said(wenyuan.Supported, wenyuan.None, wenyuan.Unverified)); !o.Right || o.Score != 0.5 {
		t.Errorf("%+v", o)
	}
	if o := item.Score(i, said(wenyuan.Supported, wenyuan.Unsupported)); o.Right {
		t.Errorf("%+v", o)
	}
	if o := item.Score(i, item.Said{Text: "Nothing was found.", Refused: true}); o.Right || !o.Refused {
		t.Errorf("%+v", o)
	}
}

// What a destroyed model writes is no answer, whatever it holds; what a healthy one writes is.
func TestBroken(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"":                                item.Empty,
		" \n":                             item.Empty,
		strings.Repeat("B ", 60):          item.Repeats,
		strings.Repeat("the the of ", 30): item.Repeats,
		"好的" + strings.Repeat("我们的", 40):    item.Repeats,
		"\ufffd\ufffd\ufffd\ufffda":         item.Garbled,
		"B":                                 "",
		"1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11": "",
		"Yes.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n" + strings.Repeat("-", 60): "",
		"不，不，不，不是这样。":                                                         "",
	} {
		if got := item.Broken(item.Said{Text: said}); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
	if o := item.Score(item.Short("x", "en", "", "?", item.Contains, "B"), item.Said{Text: strings.Repeat("B ", 60)}); o.Right || o.Broken == "" {
		t.Errorf("%+v", o)
	}
	if got := item.Broken(item.Said{Refused: true}); got != "" {
		t.Errorf("a refusal without words is %q", got)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	items, err := item.Read(strings.NewReader(`{"id":"a","question":"How much?","answer":"4 + 4 = 8\n#### 8"}
{"question":"苹果是什么？","A":"水果","B":"金属","answer":"A","subject":"常识"}

{"id":"c","question":"Which?","choices":["x","y"],"answer":"y","lang":"en"}
{"id":"d","messages":[{"role":"system","content":"Be short."},{"role":"user","content":"Capital of Oz?"}],"answers":["Emerald","Emerald City"]}
{"id":"e","question":"Why?","reference":"Because of rain."}
{"id":"f","question":"Both?","answer":[["rain"],["sun","light"]]}
{"id":"g","question":"Shall it?","scorer":"refusal"}
`), "set.jsonl")
	if err != nil || len(items) != 7 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for n, want := range []string{item.Number, item.Choice, item.Choice, item.Contains, item.Reference, item.Contains, item.Refusal} {
		if items[n].Scorer != want {
			t.Errorf("%s is scored by %s, want %s", items[n].ID, items[n].Scorer, want)
		}
	}
	if items[0].Answer[0][0] != "8" || items[1].Correct != 0 || items[2].Correct != 1 || items[1].Slice != "常识" || items[1].Lang != "zh" || items[3].Question() != "Capital of Oz?" {
		t.Errorf("%+v", items)
	}
	b, err := json.Marshal(items)
	if err != nil {
		t.Fatal(err)
	}
	var back []item.Item
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	one, err1 := item.Hash(items)
	two, err2 := item.Hash(back)
	if one != two || err1 != nil || err2 != nil || len(one) != 64 {
		t.Errorf("%s and %s, %v, %v", one, two, err1, err2)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"", "holds no item"},
		{"{", "set.jsonl:1 is not a JSON object"},
		{`{"id":"a"}`, "set.jsonl:1"},
		{`{"id":"a","question":"x?","answer":"y"}` + "\n" + `{"id":"a","question":"x?","answer":"y"}`, "set.jsonl:2 has the id"},
		{`{"id":"a","question":"x?"}`, "no answer"},
		{`{"id":"a","question":"x?","choices":["a","b"],"answer":"c"}`, "none of its choices"},
		{`{"id":"a","question":"x?","answer":{"b":1}}`, "neither a text"},
		{`{"id":"a","question":"x?","answer":"y","scorer":"luck"}`, "scorer"},
		{`{"id":"a","question":"` + strings.Repeat("x", 70<<10) + `","answer":"y"}`, "KiB"},
		{`{"id":"a","question":"` + strings.Repeat("x", 2<<20) + `","answer":"y"}`, "longer than"},
	} {
		_, err := item.Read(strings.NewReader(c.text), "set.jsonl")
		if err == nil || wenyuan.CodeOf(err) != wenyuan.Invalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60q: %v", c.text, err)
		}
	}
}

func TestOfRow(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	talk := []form.Message{{Role: form.User, Content: "Q?"}, {Role: form.Assistant, Content: "The answer."}}
	for _, c := range []struct {
		row form.Row
		ok  bool
	}{
		{form.Row{Kind: form.Chat, Messages: talk}, true},
		{form.Row{Kind: form.Label, Messages: talk, Good: &yes}, true},
		{form.Row{Kind: form.Label, Messages: talk, Good: &no}, false},
		{form.Row{Kind: form.Preference, Messages: talk[:1], Chosen: talk[1:], Rejected: talk[1:]}, true},
		{form.Row{Kind: form.Chat, Messages: talk[:1]}, false},
		{form.Row{Kind: form.Chat}, false},
	} {
		i, ok := item.OfRow("sample_1", c.row)
		if ok != c.ok || ok && (i.Question() != "Q?" || i.Answer[0][0] != "The answer.") {
			t.Errorf("%+v: %+v, %v", c.row, i, ok)
		}
	}
}

// The sets of others are read as they are.
func TestReadsSetsOfOthers(t *testing.T) {
	t.Parallel()
	dir := testenv.MeasuringData(t)
	for file, scorer := range map[string]string{"instruct/gsm8k_train500.jsonl": item.Number, "instruct/cmmlu_dev_nc.jsonl": item.Choice, "golden/rocketmq_faq.jsonl": ""} {
		f, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		items, err := item.Read(f, file)
		f.Close()
		if err != nil || len(items) < 100 {
			t.Errorf("%s: %d items, %v", file, len(items), err)
			continue
		}
		for _, i := range items {
			if scorer != "" && i.Scorer != scorer {
				t.Errorf("%s %s is scored by %s", file, i.ID, i.Scorer)
				break
			}
		}
	}
}

// A row whose answer is a fact of a few words is right in an answer that states the fact; a sentence is
// compared by its words.
func TestFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ right, said, scorer string }{
		{"Emerald City", "The capital is Emerald City.", item.Contains}, {"翡翠城", "首都是翡翠城。", item.Contains}, {"1.5 GiB", "It needs 1.5 GiB of memory.", item.Contains},
		{"The pump is greased every 90 days.", "Every 90 days the pump is greased.", item.Reference}, {"首都是翡翠城。", "首都是翡翠城。", item.Reference},
	} {
		row := form.Row{Kind: form.Chat, Messages: []form.Message{{Role: form.User, Content: "?"}, {Role: form.Assistant, Content: c.right}}}
		i, ok := item.OfRow("s", row)
		if !ok || i.Scorer != c.scorer || !item.Score(i, item.Said{Text: c.said}).Right || item.Score(i, item.Said{Text: "I would say London 伦敦"}).Right {
			t.Errorf("%q beside %q: %v, %+v", c.said, c.right, ok, i)
		}
	}
}
