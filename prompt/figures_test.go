package prompt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"wenyuan"
	"wenyuan/internal/testenv"
	"wenyuan/prompt"
	"wenyuan/retrieve"
	"wenyuan/retrieve/retrievetest"
)

// measuringData is the folder of the measuring data, or skips. It is not part of the project.
func measuringData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WENYUAN_SHARED_DATA")
	if dir == "" {
		t.Skip("measures, and takes minutes: set WENYUAN_SHARED_DATA to the folder of the measuring data")
	}
	return dir
}

// sampled is how many questions of a set are asked, 0 for all.
func sampled(least int) int {
	n, err := strconv.Atoi(os.Getenv("WENYUAN_SAMPLE"))
	if err != nil {
		return least
	}
	return n
}

// An asked is a question with the strings of which one is in a right answer.
type asked struct {
	text    string
	answers []string
}

// A setOf is a corpus with questions that are answered in it.
type setOf struct {
	name      string
	files     map[string]string
	questions []asked
}

// answered reads a retrieval set whose questions have answer strings.
func answered(t testing.TB, dir, name string) setOf {
	s := setOf{name, map[string]string{}, nil}
	for _, r := range testenv.Rows[struct {
		ID   string `json:"_id"`
		Text string
	}](t, dir, "retrieval", name, "corpus.jsonl") {
		s.files[r.ID+".md"] = r.Text
	}
	for _, q := range testenv.Rows[struct {
		Text    string
		Answers []string
	}](t, dir, "retrieval", name, "queries.jsonl") {
		s.questions = append(s.questions, asked{q.Text, q.Answers})
	}
	return s
}

// rgb reads the questions of one task and language with all their passages as one corpus.
func rgb(t testing.TB, dir, file, lang string) setOf {
	s := setOf{"rgb " + file + " " + lang, map[string]string{}, nil}
	for _, r := range testenv.Rows[struct {
		ID, Lang, Query    string
		Answer             any
		Positive, Negative []any
	}](t, dir, "rag", "rgb_nc", file+".jsonl") {
		if r.Lang != lang {
			continue
		}
		n := 0
		for _, p := range texts([]any{r.Positive, r.Negative}) {
			s.files[fmt.Sprintf("%s-%d.md", r.ID, n)] = p
			n++
		}
		s.questions = append(s.questions, asked{r.Query, texts(r.Answer)})
	}
	return s
}

// texts are all strings in a JSON value.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, x := range v {
			out = append(out, texts(x)...)
		}
	}
	return out
}

// plain is what is compared of a text: letters and digits, small.
func plain(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), " "))
}

// holds says whether a text has one of the answers.
func (q asked) holds(text string) bool {
	text = plain(text)
	for _, a := range q.answers {
		if a = plain(a); a != "" && strings.Contains(text, a) {
			return true
		}
	}
	return false
}

func estimate(t testing.TB, text string) int {
	n, err := prompt.Estimate.Count(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// naive takes passages as they come until one does not fit; that one is cut off where the
// budget ends.
func naive(t testing.TB, passages []wenyuan.Passage, budget int) string {
	var b strings.Builder
	for i, p := range passages {
		text := fmt.Sprintf("<original n=\"%d\" title=\"%s\" under=\"%s\">\n%s\n</original>\n\n", i+1, p.Title, strings.Join(p.Heading, " › "), p.Text)
		n := estimate(t, text)
		if n <= budget {
			b.WriteString(text)
			budget -= n
			continue
		}
		r := []rune(text)
		b.WriteString(string(r[:len(r)*budget/n]))
		break
	}
	return b.String()
}

// engine is what Build shows of passages within the budget.
func engine(t testing.TB, question string, passages []wenyuan.Passage, budget int, diversity float64) string {
	b, err := prompt.Build(t.Context(), prompt.Input{Question: question, Knowledge: passages, Settings: prompt.Settings{Budget: 8000, Knowledge: budget, Diversity: diversity}})
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, p := range b.Passages {
		s.WriteString(p.Text + "\n")
	}
	return s.String()
}

// found are the passages of a corpus for a question, in the order of retrieval, unfiltered.
func found(t testing.TB, c *retrievetest.Corpus, question string) []wenyuan.Passage {
	out, err := c.Search(t.Context(), c.Scope, retrieve.Query{Space: wenyuan.DefaultSpace, Corpora: []string{"c"}, Text: question, Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSelectionFigures: in how many prompts of a budget an answer stands, by the engine's
// selection and by taking passages as they come.
func TestSelectionFigures(t *testing.T) {
	dir := measuringData(t)
	sets := []setOf{
		answered(t, dir, "xquad_en"), answered(t, dir, "xquad_zh"), answered(t, dir, "cmrc_dev"), answered(t, dir, "drcd_dev_slice"),
		rgb(t, dir, "noise_robustness", "zh"), rgb(t, dir, "counterfactual", "zh"), rgb(t, dir, "counterfactual", "en"),
	}
	for _, s := range sets {
		t.Run(s.name, func(t *testing.T) {
			c := retrievetest.New(t, s.files)
			step := 1
			if n := sampled(300); n > 0 {
				step = max(1, len(s.questions)/n)
			}
			budgets := []int{250, 500, 1000, 2000}
			right, asked := map[string]int{}, 0
			for i := 0; i < len(s.questions); i += step {
				q := s.questions[i]
				passages := found(t, c, q.text)
				asked++
				for _, n := range budgets {
					for name, text := range map[string]string{
						"as they come": naive(t, passages, n), "engine": engine(t, q.text, passages, n, 0), "engine, relevance alone": engine(t, q.text, passages, n, 1),
					} {
						if q.holds(text) {
							right[fmt.Sprint(name, n)]++
						}
					}
				}
			}
			for _, name := range []string{"as they come", "engine, relevance alone", "engine"} {
				row := ""
				for _, n := range budgets {
					row += fmt.Sprintf(" | %.1f %%", 100*float64(right[fmt.Sprint(name, n)])/float64(asked))
				}
				t.Logf("| %s | %d | %s%s |", s.name, asked, name, row)
			}
		})
	}
}

// TestToolFigures: how often the tool that a question needs is offered, and how many of those
// that no question needs are not, at several floors.
func TestToolFigures(t *testing.T) {
	dir := measuringData(t)
	type row struct {
		Question [][]struct{ Content string }
		Function []struct {
			Name, Description string
			Parameters        json.RawMessage
		}
		Truth json.RawMessage `json:"ground_truth"`
	}
	for _, file := range []string{"multiple", "live_multiple", "simple_python", "irrelevance", "live_irrelevance"} {
		all := testenv.Rows[row](t, dir, "tools", "bfcl", file+".jsonl")
		for _, floor := range []float64{0.1, 0.15, 0.2, 0.25, 0.3} {
			needed, offered, spare, left := 0, 0, 0, 0
			for _, r := range all {
				in := prompt.Input{Question: r.Question[0][len(r.Question[0])-1].Content, Settings: prompt.Settings{Floor: floor, Budget: 60000, Tools: 50000}}
				for _, f := range r.Function {
					in.Tools = append(in.Tools, wenyuan.Tool{Name: f.Name, Description: f.Description, Parameters: f.Parameters})
				}
				b, err := prompt.Build(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range b.Plan.Items {
					if strings.Contains(string(r.Truth), strconv.Quote(i.ID)) {
						needed++
						if i.Kept {
							offered++
						}
						continue
					}
					if spare++; !i.Kept {
						left++
					}
				}
			}
			t.Logf("| %s | %.2f | %d | %.1f %% | %d | %.1f %% |", file, floor, needed, 100*float64(offered)/float64(max(1, needed)), spare, 100*float64(left)/float64(max(1, spare)))
		}
	}
}

// TestOrderFigures asks a small model that a server runs (WENYUAN_LLM, its address) with the
// same passages in different orders.
func TestOrderFigures(t *testing.T) {
	dir, url := measuringData(t), os.Getenv("WENYUAN_LLM")
	if url == "" {
		t.Skip("set WENYUAN_LLM to the address of a server in the dialect of OpenAI")
	}
	s := answered(t, dir, "xquad_en")
	c := retrievetest.New(t, s.files)
	n := sampled(40)
	right := map[string]int{}
	asked := 0
	for i := 0; i < len(s.questions) && asked < n; i += max(1, len(s.questions)/n) {
		q := s.questions[i]
		passages := found(t, c, q.text)
		passages = passages[:min(4, len(passages))]
		var all strings.Builder
		for _, p := range passages {
			all.WriteString(p.Text + "\n")
		}
		if !q.holds(all.String()) {
			continue
		}
		asked++
		t.Logf("%d: %v", asked, right)
		for _, order := range prompt.Orders() {
			b, err := prompt.Build(t.Context(), prompt.Input{Question: q.text, Knowledge: passages, Model: "smollm2", Settings: prompt.Settings{Budget: 6000, Order: order}})
			if err != nil {
				t.Fatal(err)
			}
			if answer := chat(t, url, b.Messages); q.holds(answer) {
				right[order]++
			}
		}
	}
	for _, order := range prompt.Orders() {
		p := float64(right[order]) / float64(asked)
		t.Logf("| %s | %d | %.1f %% ± %.1f |", order, asked, 100*p, 196*math.Sqrt(p*(1-p)/float64(asked)))
	}
}

// chat asks for a short answer, without chance.
func chat(t testing.TB, url string, messages []wenyuan.Message) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"messages": messages, "temperature": 0, "max_tokens": 32, "cache_prompt": true})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url+"/v1/chat/completions", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || len(out.Choices) == 0 {
		t.Fatalf("%d: %v", resp.StatusCode, err)
	}
	return out.Choices[0].Message.Content
}
