package prompt

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wenyuan/internal/testenv"

	"wenyuan"
)

// samples are texts of the kinds that prompts hold. None is empty.
var samples = map[string]string{
	"english":  "When a consumer fails to process a message, the broker delivers it again after an interval that grows from ten seconds to two hours. After sixteen attempts the message moves to the dead-letter topic of its group, where it stays for three days.",
	"chinese":  "消费者处理消息失败后，服务端会按逐步变长的间隔重新投递，最多重试十六次。重试次数用尽的消息会转入所属消费组的死信主题，保存三天，需要人工处理。",
	"old form": "消費者處理訊息失敗後，伺服器會按逐步變長的間隔重新投遞，最多重試十六次，重試次數用盡的訊息會轉入死信主題。",
	"rare":     "鹦鹉亚科、鼩鼱、猬目、翡翠、麒麟、饕餮、魑魅魍魉都是生僻字较多的词语，椋鸟与鹡鸰亦然。",
	"mixed":    "RocketMQ 5.3.1 的 Broker 在 ASYNC_FLUSH 模式下默认每 500 ms 刷盘一次，参数为 flushIntervalCommitLog=500。",
	"code":     "func (s *Server) routes() *http.ServeMux {\n\tmux := http.NewServeMux()\n\tfor _, t := range tables() {\n\t\tmux.Handle(t.method+\" \"+t.path, s.door(t))\n\t}\n\treturn mux\n}\n",
	"shell":    "$ nohup sh bin/mqbroker -c conf/dledger/xxx-n0.conf &\n$ openssl pkcs8 -topk8 -v1 PBE-SHA1-RC4-128 -in client_rsa.key -out client.key\n",
	"table":    "| Parameter | Default | Meaning |\n|---|---|---|\n| maxReconsumeTimes | 16 | how often a message is tried again |\n| consumeTimeout | 15 | minutes until a message counts as failed |\n",
	"json":     `{"type":"object","properties":{"group":{"type":"string","description":"name of the group"},"limit":{"type":"integer","minimum":1}},"required":["group"]}`,
	"numbers":  "2024-06-30 13:45:09.123, 192.168.1.1:9876, 1048576, 3.14159, 0x7fffffff, 138-0013-8000",
	"spaces":   "\t\t  \r \t                     \r \t\t\t总裁\r \t\t\t\t姚\r\n\n\n   x",
	"capitals": "WARNING: ACL_ENABLED MUST NOT BE USED WITH TRACE_TOPIC; SEE RFC2119 AND XJQZKWV",
	"long":     "internationalization incomprehensibility pneumonoultramicroscopicsilicovolcanoconiosis",
	"data":     "aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQ= 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	"others":   "Съешь же ещё этих мягких французских булок, да выпей чаю. Größe, naïve, señor. カタカナとひらがな。",
	"signs":    "🙂🚀 → ≤ ± µ ½ … “quoted” — dash ───── ===== *****",
}

// TestEstimateOfSamples: no text of these kinds is estimated below what the public
// vocabularies make of it by more than 5 %.
func TestEstimateOfSamples(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"o200k_base", "cl100k_base"} {
		exact, ok := TiktokenFor(encoding)
		if !ok {
			t.Fatal(encoding)
		}
		for name, text := range samples {
			n, err := exact.Count(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			if got := (estimate{&weights}).count(text); float64(got) < 0.95*float64(n) || got > 3*n {
				t.Errorf("%s: estimated %d, %s has %d", name, got, encoding, n)
			}
		}
	}
}

func TestTiktoken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		encoding, text string
		want           int
	}{
		{"cl100k_base", "tiktoken is great!", 6}, {"o200k_base", "tiktoken is great!", 6}, {"r50k_base", "tiktoken is great!", 6},
		{"cl100k_base", "", 0}, {"cl100k_base", "<|endoftext|>", 7}, {"cl100k_base", "お誕生日おめでとう", 9},
	} {
		tok, ok := TiktokenFor(c.encoding)
		if !ok {
			t.Fatal(c.encoding)
		}
		if n, err := tok.Count(t.Context(), c.text); err != nil || n != c.want {
			t.Errorf("%s of %q: %d, %v; want %d", c.encoding, c.text, n, err, c.want)
		}
	}
	if _, ok := TiktokenFor("cl200k"); ok {
		t.Error("there is a tokenizer for anything")
	}
	tok, _ := TiktokenFor("cl100k_base")
	long := strings.Repeat("a", 1<<20) + strings.Repeat("消", 1<<16)
	if n, err := tok.Count(t.Context(), long); err != nil || n < 1<<16 {
		t.Errorf("%d, %v", n, err)
	}
}

// TestEstimateFigures measures the estimate over the development texts, whole and in pieces
// of 400 characters: how far it is under and over the public vocabularies, and the
// tokenizer of the server at WENYUAN_LLM.
func TestEstimateFigures(t *testing.T) {
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		t.Skip("measures: set WENYUAN_SHARED_DATA to the folder of the measuring data")
	}
	texts := developmentTexts(t, dir)
	tokenizers := map[string]wenyuan.Tokenizer{}
	for _, name := range []string{"o200k_base", "cl100k_base"} {
		tokenizers[name], _ = TiktokenFor(name)
	}
	for name, tok := range tokenizers {
		for kind, all := range texts {
			count := func(text string) (int, error) { return tok.Count(t.Context(), text) }
			figure(t, name, kind, all, count, estimate{&weights})
			if name == "o200k_base" {
				figure(t, name+", known", kind, all, count, estimate{&wideWeights})
			}
		}
	}
	if url := os.Getenv("WENYUAN_LLM"); url != "" {
		for kind, all := range texts {
			figure(t, "server", kind, all, func(text string) (int, error) { return tokenize(url, text) }, estimate{&narrowWeights})
		}
	}
}

// figure compares the estimate with a tokenizer over texts of one kind.
func figure(t *testing.T, name, kind string, all []string, count func(string) (int, error), e estimate) {
	t.Helper()
	under, worst, sum, exact := 0, 1.0, 0, 0
	for _, text := range all {
		n, err := count(text)
		if err != nil {
			t.Fatal(err)
		}
		got := e.count(text)
		sum, exact = sum+got, exact+n
		if n < 20 {
			continue
		}
		worst = min(worst, float64(got)/float64(n))
		if float64(got) < 0.95*float64(n) {
			under++
			t.Logf("estimated %d, %s has %d: %.80q", got, name, n, text)
		}
	}
	t.Logf("| %s | %s | %d | %d | %.3f | %+.0f %% |", name, kind, len(all), under, worst, 100*(float64(sum)/float64(exact)-1))
	if under > 0 {
		t.Errorf("%s, %s: %d of %d texts are estimated more than 5 %% too low", name, kind, under, len(all))
	}
}

// developmentTexts are the documents and retrieval sets by language, whole and in pieces.
func developmentTexts(t *testing.T, dir string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	add := func(lang, text string) {
		if strings.TrimSpace(text) == "" {
			return
		}
		out["documents "+lang] = append(out["documents "+lang], text)
		r := []rune(text)
		for i := 0; i < len(r); i += 400 {
			if end := min(i+400, len(r)); end-i > 100 {
				out["passages "+lang] = append(out["passages "+lang], string(r[i:end]))
			}
		}
	}
	err := filepath.WalkDir(filepath.Join(dir, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		b, err := os.ReadFile(path)
		add(map[bool]string{true: "zh", false: "en"}[strings.Contains(path, "-zh")], string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for set, lang := range map[string]string{"cmrc_dev": "zh", "drcd_dev_slice": "zh", "xquad_zh": "zh", "xquad_en": "en"} {
		for _, row := range testenv.Rows[struct{ Text string }](t, dir, "retrieval", set, "corpus.jsonl") {
			add(lang, row.Text)
		}
	}
	return out
}

// tokenize asks llama.cpp's server.
func tokenize(url, text string) (int, error) {
	body, err := json.Marshal(map[string]any{"content": text, "add_special": false})
	if err != nil {
		return 0, err
	}
	resp, err := http.Post(url+"/tokenize", "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var out struct{ Tokens []json.RawMessage }
	err = json.NewDecoder(resp.Body).Decode(&out)
	return len(out.Tokens), err
}

func BenchmarkEstimate(b *testing.B) {
	for name, text := range map[string]string{"en": samples["english"], "zh": samples["chinese"], "code": samples["code"]} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				estimate{&weights}.count(text)
			}
		})
	}
}

func BenchmarkTiktoken(b *testing.B) {
	tok, _ := TiktokenFor("o200k_base")
	if _, err := tok.Count(b.Context(), "x"); err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{"en": samples["english"], "zh": samples["chinese"], "code": samples["code"]} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := tok.Count(b.Context(), text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
