package tokens

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// load reads a file of cases.
func load(t testing.TB, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", path))
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var folders = []string{"gpt2", "llama3", "qwen2", "smollm", "llama2", "unigram"}

// TestEncode: the same tokens as Hugging Face's tokenizers makes of the same file (testdata/make.py).
func TestEncode(t *testing.T) {
	t.Parallel()
	for _, name := range folders {
		tok, err := FromFolder(filepath.Join("testdata", name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var cases []struct {
			Text    string
			IDs     []int32
			Decoded string
			Marked  bool
		}
		load(t, name+"/cases.json", &cases)
		for _, c := range cases {
			if name == "unigram" && strings.ContainsAny(c.Text, "\n\t\r\u3000\u00a0") {
				continue // its reference cuts at every white space
			}
			got := tok.Encode(c.Text)
			if c.Marked {
				if name == "llama2" || name == "unigram" {
					continue // they have no such marks
				}
				got = tok.EncodeMarked(c.Text)
			} else if d := tok.Decode(got); d != c.Decoded && name != "unigram" {
				t.Errorf("%s: %q decoded as %q, want %q", name, c.Text, d, c.Decoded)
			}
			if !slices.Equal(got, c.IDs) {
				t.Errorf("%s: %q is %v, want %v", name, c.Text, got, c.IDs)
			}
		}
	}
}

// TestTemplates: the same text as Jinja makes of published templates, with its settings in Transformers.
func TestTemplates(t *testing.T) {
	t.Parallel()
	var all struct {
		Templates map[string]string
		Cases     []struct {
			Name     string
			Messages []any
			Prompt   bool
			Want     string
		}
	}
	load(t, "templates.json", &all)
	for _, c := range all.Cases {
		tmpl, err := newTemplate(all.Templates[c.Name])
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		got, err := tmpl.render(map[string]any{"messages": c.Messages, "add_generation_prompt": c.Prompt, "tools": nil, "bos_token": "<s>", "eos_token": "</s>"})
		if err != nil || got != c.Want {
			t.Errorf("%s: %q, %v\nwant %q", c.Name, got, err, c.Want)
		}
	}
}

// TestUnknown: what is not known is refused by its name.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{% macro a() %}x{% endmacro %}":      "macro",
		"{{ x | rot13 }}":                     "rot13",
		"{{ x is divisibleby }}":              "divisibleby",
		"{% if x %}":                          "if",
		"{{ 'a }}":                            "{{",
		"{{ (1 }}":                            ")",
		"{{ 1 2 }}":                           "1 2",
		"{% endif %}":                         "endif",
		strings.Repeat("{% if 1 %}", 100):     "deep",
		"{{" + strings.Repeat("(", 1000):      "{{",
		"{{" + strings.Repeat("[", 99) + "}}": "deep",
	} {
		if _, err := newTemplate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"{{ strftime_now('%d') }}":            "strftime_now",
		"{{ 'a'.zfill(3) }}":                  "zfill",
		"{{ raise_exception('no systems') }}": "no systems",
		"{{ 1 + 'a' }}":                       "int64",
		"{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}{% endfor %}{% endfor %}{% endfor %}": "on and on",
	} {
		tmpl, err := newTemplate(text)
		if err == nil {
			_, err = tmpl.render(nil)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, c := range []struct {
		meta map[string]any
		want string
	}{
		{map[string]any{"tokenizer.ggml.model": "bert"}, "bert"},
		{map[string]any{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "tekken"}, "tekken"},
		{map[string]any{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2"}, "0 tokens"},
	} {
		if _, err := FromGGUF(c.meta); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.meta, err)
		}
	}
	for text, want := range map[string]string{
		`{"model":{"type":"WordPiece"}}`: "WordPiece",
		`{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"x+"},"behavior":"Isolated"}}`: "x+",
		`{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"normalizer":{"type":"Lowercase"}}`:                                               "Lowercase",
		`{"model":{"type":"BPE","vocab":{"a":99999999},"merges":[]}}`:                                                                          "99999999",
	} {
		if _, err := fromJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	tok := Bytes()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		ids := tok.Encode(text)
		if len(ids) != len(text) || tok.Decode(ids) != text {
			t.Fatalf("%q came back as %q", text, tok.Decode(ids))
		}
	})
	ids, learn, err := tok.Chat([]Message{{"system", "s"}, {"user", "q"}, {"assistant", "a"}, {"user", "r"}, {"assistant", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []int32{256, 260, 's', 258, 'q', 259, 'a', 257, 258, 'r', 259, 'b', 257}
	wantLearn := []bool{false, false, false, false, false, false, true, true, false, false, false, true, true}
	if !slices.Equal(ids, want) || !slices.Equal(learn, wantLearn) {
		t.Errorf("chat is %v %v", ids, learn)
	}
	prompt, err := tok.Prompt([]Message{{"user", "q"}})
	if err != nil || !slices.Equal(prompt, []int32{256, 258, 'q', 259}) {
		t.Errorf("prompt is %v, %v", prompt, err)
	}
	if _, err := tok.Prompt([]Message{{"user", "a</s>b"}}); err == nil {
		t.Error("a mark in what somebody wrote was taken")
	}
	if !slices.Equal(tok.Ends(), []int32{257}) {
		t.Errorf("ends are %v", tok.Ends())
	}
}

// TestChat: what is learned is what the assistant wrote and its end mark, not the break behind it, and
// the prompt is what stands before it.
func TestChat(t *testing.T) {
	t.Parallel()
	tok, err := FromFolder("testdata/qwen2")
	if err != nil {
		t.Fatal(err)
	}
	talk := []Message{{"user", "Hi 你好"}, {"assistant", "Hello"}, {"user", "more"}, {"assistant", "bye "}}
	ids, learn, err := tok.Chat(talk)
	if err != nil {
		t.Fatal(err)
	}
	var learned []int32
	for i, l := range learn {
		if l {
			learned = append(learned, ids[i])
		}
	}
	end := tok.ids["<|im_end|>"]
	if want := slices.Concat(tok.Encode("Hello"), []int32{end}, tok.Encode("bye "), []int32{end}); !slices.Equal(learned, want) {
		t.Errorf("learned are %v, want %v", learned, want)
	}
	prompt, err := tok.Prompt(talk[:1])
	if err != nil || !slices.Equal(ids[:len(prompt)], prompt) {
		t.Errorf("prompt %v is no beginning of %v: %v", prompt, ids, err)
	}
	text, err := tok.Render(talk, false)
	if err != nil || !slices.Equal(ids, tok.EncodeMarked(strings.TrimRight(text, "\n"))) {
		t.Errorf("chat is %v, the text %v", ids, tok.EncodeMarked(text))
	}
}

// TestGGUF: a tokenizer that was written as metadata and read again makes the same tokens, and has
// the same hash where the form says the same.
func TestGGUF(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gpt2", "llama3", "smollm", "llama2", "bytes"} {
		tok, err := Bytes(), error(nil)
		if name != "bytes" {
			if tok, err = FromFolder(filepath.Join("testdata", name)); err != nil {
				t.Fatal(err)
			}
		}
		pairs, err := tok.GGUF()
		if err != nil {
			t.Fatal(err)
		}
		meta := map[string]any{}
		for _, p := range pairs {
			meta[p.Key] = wide(p.Value)
		}
		back, err := FromGGUF(meta)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if name != "llama2" && back.Hash() != tok.Hash() || back.TemplateHash() != tok.TemplateHash() {
			t.Errorf("%s has another hash", name)
		}
		for _, text := range []string{"Hello world, it's 12345!", " x  y\n\nfor i in range(10):", "默认 😀"} {
			if got, want := back.Encode(text), tok.Encode(text); !slices.Equal(got, want) {
				t.Errorf("%s: %q is %v, was %v", name, text, got, want)
			}
		}
	}
}

// wide is a value as it is read.
func wide(v any) any {
	switch v := v.(type) {
	case uint32:
		return uint64(v)
	case []int32:
		out := make([]int64, len(v))
		for i, x := range v {
			out[i] = int64(x)
		}
		return out
	case []float32:
		out := make([]float64, len(v))
		for i, x := range v {
			out[i] = float64(x)
		}
		return out
	}
	return v
}

// TestWords: whatever the way, the words are the text.
func TestWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z'S0-9 \n\r\t.!é问]{0,40}`).Draw(t, "text")
		for _, way := range []string{splitGPT2, splitLlama3, splitQwen2, splitSmolLM} {
			joined := ""
			for w := range words(way, text) {
				if w == "" {
					t.Fatalf("%s gives an empty word of %q", way, text)
				}
				joined += w
			}
			if joined != text {
				t.Fatalf("%s makes %q of %q", way, joined, text)
			}
		}
	})
}

// TestLong: a word of a megabyte is cut in time that grows with its length and little more.
func TestLong(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"llama3", "llama2"} {
		tok, err := FromFolder(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Repeat("thequickbrownfox", 1<<14)
		if got := tok.Decode(tok.Encode(text)); got != text {
			t.Errorf("%s: %d bytes came back as %d", name, len(text), len(got))
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("{% for m in messages %}{{ m['content'] | trim }}{% endfor %}")
	f.Add("{%- set x = namespace(a=1) -%}{{ x.a if x else 'b'[1:2] }}")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			return
		}
		tmpl, err := newTemplate(text)
		if err != nil {
			return
		}
		if out, err := tmpl.render(map[string]any{"messages": []any{map[string]any{"role": "user", "content": "x"}}}); err == nil && utf8.ValidString(text) && !utf8.ValidString(out) {
			t.Skip("a template may cut characters")
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]},"pre_tokenizer":{"type":"ByteLevel"}}`))
	f.Add([]byte(`{"model":{"type":"Unigram","vocab":[["a",-1.5],["<0x00>",0]],"unk_id":0}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tok, err := fromJSON(data)
		if err != nil || tok.finish() != nil {
			return
		}
		tok.Decode(tok.EncodeMarked("ab a\x00b 问"))
	})
}

// TestChatPieces: where an answer follows text and no mark, as in Llama 2's template, its tokens are those
// that it has in the whole.
func TestChatPieces(t *testing.T) {
	t.Parallel()
	tok, err := FromFolder("testdata/llama2")
	if err != nil {
		t.Fatal(err)
	}
	tok.chat = "{% for m in messages %}{% if m.role == 'user' %}{{ bos_token + '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}"
	if tok.template, err = newTemplate(tok.chat); err != nil {
		t.Fatal(err)
	}
	talk := []Message{{"user", "the quick fox"}, {"assistant", "jump over dogs"}, {"user", "isn't it"}, {"assistant", "lazy"}}
	ids, learn, err := tok.Chat(talk)
	if err != nil {
		t.Fatal(err)
	}
	text, err := tok.Render(talk, false)
	if err != nil || !slices.Equal(ids, tok.EncodeMarked(text)) {
		t.Errorf("in turns %v, in the whole %v: %v", ids, tok.EncodeMarked(text), err)
	}
	var learned []int32
	for i, l := range learn {
		if l {
			learned = append(learned, ids[i])
		}
	}
	if got := tok.Decode(learned); strings.TrimSpace(got) != "jump over dogs  lazy" {
		t.Errorf("learned is %q", got)
	}
}
