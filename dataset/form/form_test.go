package form_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"wenyuan/dataset/form"
	"wenyuan/internal/testenv"
)

// lines are rows as people have them, by the format that they are in.
var lines = []struct {
	format form.Format
	kind   string
	line   string
}{
	{form.OpenAI, form.Chat, `{"messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "你好 <b>"}, {"role": "assistant", "content": "Hi."}]}`},
	{form.OpenAI, form.Chat, `{"messages": [{"role": "developer", "content": "Be short."}, {"role": "user", "content": [{"type": "text", "text": "Hello"}]}, {"role": "assistant", "content": "Hi."}]}`},
	{form.OpenAI, form.Chat, `{"messages": [{"role": "user", "content": "Rain?"}, {"role": "assistant", "content": null, "tool_calls": [{"id": "call_a9", "type": "function", "function": {"name": "w", "arguments": "{\"city\": \"Bern\"}"}}]}, {"role": "tool", "tool_call_id": "call_a9", "content": "no"}, {"role": "assistant", "content": "No."}], "tools": [{"type": "function", "function": {"name": "w", "parameters": {"type": "object", "max": 12345678901234567890}}}]}`},
	{form.OpenAIPreference, form.Preference, `{"input": {"messages": [{"role": "user", "content": "Hi"}]}, "preferred_output": [{"role": "assistant", "content": "Hello!"}], "non_preferred_output": [{"role": "assistant", "content": "What?"}]}`},
	{form.TRL, form.Preference, `{"prompt": "The sky is", "chosen": "blue.", "rejected": "green."}`},
	{form.TRL, form.Preference, `{"prompt": [{"role": "user", "content": "Sky?"}], "chosen": [{"role": "assistant", "content": "blue."}], "rejected": [{"role": "assistant", "content": "green."}]}`},
	{form.TRL, form.Preference, `{"chosen": [{"role": "user", "content": "Sky?"}, {"role": "assistant", "content": "blue."}], "rejected": [{"role": "user", "content": "Sky?"}, {"role": "assistant", "content": "green."}]}`},
	{form.TRL, form.Label, `{"prompt": "The sky is", "completion": "green.", "label": false}`},
	{form.TRL, form.Label, `{"prompt": [{"role": "user", "content": "Sky?"}], "completion": [{"role": "assistant", "content": "blue."}], "label": true}`},
	{form.TRL, form.Label, `{"messages": [{"content": "Sky?", "role": "user"}, {"content": "blue.", "role": "assistant"}], "label": true}`},
	{form.TRL, form.Chat, `{"prompt": "2+2", "completion": "4"}`},
	{form.Alpaca, form.Chat, `{"instruction": "Add.", "input": "", "output": "4"}`},
	{form.Alpaca, form.Chat, `{"instruction": "Add.", "input": "2 and\n2", "output": "4", "system": "", "history": []}`},
	{form.Alpaca, form.Chat, `{"instruction": "And 3?", "output": "7", "system": "Count.", "history": [["Add 2 and 2", "4"]]}`},
	{form.Alpaca, form.Preference, `{"instruction": "Sky?", "input": "", "chosen": "blue", "rejected": "green"}`},
	{form.Alpaca, form.Label, `{"instruction": "Sky?", "input": "", "output": "blue", "kto_tag": true}`},
	{form.ShareGPT, form.Chat, `{"conversations": [{"from": "human", "value": "下雨吗"}, {"from": "function_call", "value": "{\"name\": \"w\", \"arguments\": {\"city\":  \"北京\"}}"}, {"from": "observation", "value": "{\"rain\": true}"}, {"from": "gpt", "value": "会"}], "tools": "[{\"name\": \"w\", \"parameters\": {}}]"}`},
	{form.ShareGPT, form.Chat, `{"conversations": [{"from": "user", "value": "Both?"}, {"from": "function_call", "value": "[{\"name\": \"a\", \"arguments\": {}}, {\"name\": \"b\", \"arguments\": {}}]"}, {"from": "observation", "value": "1"}, {"from": "observation", "value": "2"}, {"from": "assistant", "value": "Yes"}], "system": "Be kind.", "tools": ""}`},
	{form.ShareGPT, form.Preference, `{"conversations": [{"from": "human", "value": "Hi"}], "chosen": {"from": "gpt", "value": "Hello"}, "rejected": {"from": "gpt", "value": "No"}}`},
	{form.ShareGPT, form.Label, `{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "No"}], "kto_tag": false}`},
	{form.Pairs, form.Chat, `{"question": "2+2?", "answer": "#### 4"}`},
	{form.Own, form.Chat, `{"kind": "chat", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}`},
	{form.Own, form.Label, `{"kind": "label", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "good": false}`},
}

func value(t *testing.T, line []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRoundTrip: what came in a format goes out in it as it came, also where the row was kept in between.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, c := range lines {
		if f := form.Detect([]byte(c.line)); f != c.format {
			t.Errorf("%s is taken for %q", c.line, f)
			continue
		}
		r, err := form.Read(c.format, []byte(c.line))
		if err != nil || r.Kind != c.kind {
			t.Errorf("%s: %q, %v", c.line, r.Kind, err)
			continue
		}
		kept, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var again form.Row
		if err := json.Unmarshal(kept, &again); err != nil {
			t.Fatal(err)
		}
		out, err := form.Write(c.format, again)
		if err != nil || !reflect.DeepEqual(value(t, out), value(t, []byte(c.line))) {
			t.Errorf("%s\ngoes out as\n%s\n%v", c.line, out, err)
		}
	}
}

// TestBetweenFormats: what is written in another format reads as an equal row, or is refused.
func TestBetweenFormats(t *testing.T) {
	t.Parallel()
	carried := map[form.Format]int{}
	for _, c := range lines {
		r, err := form.Read(c.format, []byte(c.line))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := r.Hash()
		for _, f := range form.Formats() {
			out, err := form.Write(f, r)
			if err != nil {
				continue
			}
			carried[f]++
			back, err := form.Read(f, out)
			if err != nil {
				t.Errorf("%s: %s is not read: %v", f, out, err)
				continue
			}
			if got, _ := back.Hash(); got != want {
				t.Errorf("%s in %s reads as another row: %s", c.line, f, out)
			}
		}
	}
	if carried[form.Own] != len(lines) || carried[form.TRL] < len(lines)-3 || carried[form.Alpaca] < 10 || carried[form.OpenAI] < 8 {
		t.Errorf("of %d rows: %v", len(lines), carried)
	}
}

// TestAsIsNoWayAround: a kept line that says something else than its row is not written.
func TestAsIsNoWayAround(t *testing.T) {
	t.Parallel()
	r, err := form.Read(form.Alpaca, []byte(`{"instruction": "Add.", "input": "2 and 2", "output": "4"}`))
	if err != nil || r.As == nil {
		t.Fatal(err)
	}
	r.Messages[1].Content = "5"
	out, err := form.Write(form.Alpaca, r)
	if err != nil || !strings.Contains(string(out), `"5"`) || strings.Contains(string(out), `"4"`) {
		t.Errorf("%s, %v", out, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for line, why := range map[string]string{
		`{"messages": [{"role": "user", "content": "a"}]}`:                                                            "ends with an answer",
		`{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "weight": 1}`:        `no field "weight"`,
		`{"messages": [{"role": "user", "content": "a", "mood": 1}, {"role": "assistant", "content": "b"}]}`:          `field "mood"`,
		`{"messages": [{"role": "user", "content": [{"type": "image_url"}]}, {"role": "assistant", "content": "b"}]}`: "image_url",
		`{"messages": [{"role": "robot", "content": "a"}, {"role": "assistant", "content": "b"}]}`:                    `role "robot"`,
		`{"messages": [{"role": "user", "content": "\ud800"}, {"role": "assistant", "content": "b"}]}`:                "half a character",
		`{"messages": [], "messages": []}`:                                    "twice",
		`{"instruction": "a", "output": 7}`:                                   "does not hold a text",
		`{"instruction": "a", "output": "b", "chosen": "c", "rejected": "d"}`: "no output",
		`{"prompt": "a", "chosen": "b", "rejected": "b"}`:                     "are the same",
		`{"prompt": "a", "chosen": "b"}`:                                      "needs a chosen and a rejected",
		`{"conversations": [{"from": "bard", "value": "a"}]}`:                 `called "bard"`,
		`{"conversations": [{"from": "human", "value": "a"}, {"from": "function_call", "value": "run it"}, {"from": "gpt", "value": "b"}]}`: "no call of a tool",
		`{"question": "a", "answer": ""}`: "says nothing",
		`{"text": "plain"}`:               "no format",
		`[1]`:                             "no JSON object",
		`{"messages": [`:                  "no JSON object",
		"{\"question\": \"\xff\", \"answer\": \"b\"}": "not UTF-8",
	} {
		f := form.Detect([]byte(line))
		if f == "" {
			f = form.OpenAI
			if strings.Contains(why, "format") {
				continue // TestReader
			}
		}
		if _, err := form.Read(f, []byte(line)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %q", line, err, why)
		}
	}
}

func TestPassed(t *testing.T) {
	t.Parallel()
	line := `{"question": "a", "answer": "b", "id": 7}`
	r, err := form.Read(form.Pairs, []byte(line), "id", "question")
	if err != nil || r.As != nil || r.Messages[0].Content != "a" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestReader: a broken row is told with its place, and those behind it are read.
func TestReader(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("长", 400_000)
	row := func(s string) string { return `{"question": "` + s + `", "answer": "b"}` }
	for name, c := range map[string]struct {
		text string
		want string // lines of rows, and of faults with a minus
	}{
		"lines":             {row("a") + "\n\n" + row("b") + "\n", "1 3"},
		"no end":            {row("a") + "\r\n" + row("b"), "1 2"},
		"a mark":            {"\uFEFF" + row("a"), "1"},
		"a megabyte":        {row(big) + "\n" + row("b"), "1 2"},
		"far too long":      {row("a") + "\n" + row(strings.Repeat("x", form.MaxLine)) + "\n" + row("b"), "1 -2 3"},
		"a broken one":      {row("a") + "\n{\"question\": \n" + row("b"), "1 -2 3"},
		"of another format": {row("a") + "\n" + `{"instruction": "a", "output": "b"}` + "\n" + row("b"), "1 -2 3"},
		"of no format":      {`{"text": "a"}` + "\n" + row("b"), "-1"},
		"a list":            {"[\n" + row("a") + ",\n" + row("}]\\\"{") + "\n]\n", "2 3"},
		"a list, cut":       {"[" + row("a") + ",\n{\"question\":", "1 -2"},
		"a list, no comma":  {"[" + row("a") + row("b") + "]", "1 -1"},
		"a list, a comma":   {"[" + row("a") + ",]", "1 -1"},
		"a list of numbers": {"[1]", "-1"},
		"behind a list":     {"[" + row("a") + "]\n" + row("b"), "1 -2"},
		"an empty list":     {"[]", ""},
		"nothing":           {" \n", ""},
	} {
		var got []string
		r := form.NewReader("a.jsonl", strings.NewReader(c.text), "")
		for {
			_, line, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			var f *form.Fault
			switch {
			case err == nil:
				got = append(got, itoa(line))
			case !errors.As(err, &f):
				t.Fatalf("%s: %v", name, err)
			default:
				got = append(got, "-"+itoa(f.Line))
			}
			if f != nil && f.Last {
				break
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", name, s, c.want)
		}
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// TestInstruct reads files that others wrote, and gives every row out as it came.
func TestInstruct(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(testenv.MeasuringData(t), "instruct")
	for name, want := range map[string]form.Format{
		"alpaca_en": form.Alpaca, "alpaca_zh": form.Alpaca, "dpo_en": form.ShareGPT, "dpo_zh": form.ShareGPT, "kto_en": form.TRL,
		"toolcall_en": form.ShareGPT, "toolcall_zh": form.ShareGPT, "gsm8k_train500": form.Pairs,
	} {
		text, err := os.ReadFile(filepath.Join(dir, name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		in := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
		r := form.NewReader(name, bytes.NewReader(text), "")
		rows, kept := 0, 0
		for ; ; rows++ {
			row, line, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if row.As != nil {
				kept++
			}
			out, err := form.Write(r.Format(), row)
			if err != nil || !reflect.DeepEqual(value(t, out), value(t, in[line-1])) {
				t.Fatalf("%s:%d goes out as %s, %v", name, line, out, err)
			}
		}
		if r.Format() != want || rows != len(in) {
			t.Errorf("%s: %s, %d rows of %d", name, r.Format(), rows, len(in))
		}
		t.Logf("%s: %d rows as %s, %d of them kept as they came", name, rows, r.Format(), kept)
	}
}

// FuzzRead: whatever is read is written again as it came, and reads as an equal row in every format
// that carries it.
func FuzzRead(f *testing.F) {
	for _, c := range lines {
		f.Add([]byte(c.line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		format := form.Detect(line)
		if format == "" {
			return
		}
		r, err := form.Read(format, line)
		if err != nil {
			return
		}
		out, err := form.Write(format, r)
		if err != nil || !reflect.DeepEqual(value(t, out), value(t, line)) {
			t.Fatalf("%s\ngoes out as\n%s\n%v", line, out, err)
		}
		want, err := r.Hash()
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range form.Formats() {
			out, err := form.Write(other, r)
			if err != nil {
				if other == form.Own {
					t.Fatalf("%s is not carried: %v", line, err)
				}
				continue
			}
			back, err := form.Read(other, out)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := back.Hash(); err != nil || got != want {
				t.Fatalf("%s: another row, %v", out, err)
			}
		}
	})
}
