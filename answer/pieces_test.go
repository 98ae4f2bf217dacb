package answer_test

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/gateway/gatewaytest"
)

// written are replies that are hard to cut.
var written = []string{
	"According to [1], every employee has 25 days of paid leave a year. (Source 1) Days expire on 31 March, e.g. The old ones.[1][3] That is 3.5 weeks!\n\n- first [1]\n- second [9]\n\n| a | b |\n|---|---|\n| 25 days | [1] |\n\n```sh\nls a[1]\n```\n[1]\nDone.",
	"根据[1]，每位员工每年有 25 天带薪年假。（来源1）未休的在次年 3 月 31 日失效【1】。“一句。两句。”\n1. 第一\n2. 第二[2]\n\n```\n数组[1]\n```\n完。",
}

// However the model's server cuts the text, the same sentences are released, and their pieces
// make the answer.
func TestChunksDoNotMatter(t *testing.T) {
	t.Parallel()
	for _, text := range written {
		var chunks []string
		h := newHouse(t, leave, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { gatewaytest.Say(chunks...)(w, r) }))
		ask := func() (string, []wenyuan.Sentence) {
			var pieces strings.Builder
			a := h.ask(t, leaveQuestion, func(e answer.Event) {
				if e.Sentence != nil {
					pieces.WriteString(e.Sentence.Piece)
				}
			})
			if pieces.String() != a.Answer {
				t.Fatalf("the pieces make %q, the answer is %q", pieces.String(), a.Answer)
			}
			return a.Answer, a.Sentences
		}
		chunks = []string{text}
		whole, sentences := ask()
		if len(sentences) < 6 {
			t.Fatalf("%d sentences: %s", len(sentences), whole)
		}
		chance := rand.New(rand.NewPCG(1, 2))
		for _, most := range []int{1, 3, 9, 27} { // every cutting is tried in the package segment
			chunks = nil
			for r := []rune(text); len(r) > 0; {
				n := min(len(r), 1+chance.IntN(most))
				chunks, r = append(chunks, string(r[:n])), r[n:]
			}
			got, cut := ask()
			if diff := cmp.Diff(whole, got) + cmp.Diff(sentences, cut); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

// A sentence is out before the model has finished the next one.
func TestReleasedWhileTheModelWrites(t *testing.T) {
	t.Parallel()
	seen, told := make(chan struct{}), make(chan bool, 1)
	h := newHouse(t, leave, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gatewaytest.Say("Every employee has 25 days of paid leave a year [1]. Days")(delayed{w, func() {
			select {
			case <-seen:
				told <- true
			case <-time.After(10 * time.Second):
				told <- false
			}
		}}, r)
	}))
	h.ask(t, leaveQuestion, func(e answer.Event) {
		if e.Sentence != nil && strings.HasPrefix(e.Sentence.Text, "Every") {
			close(seen)
		}
	})
	select {
	case early := <-told:
		if !early {
			t.Error("the first sentence was not out while the model wrote the second one")
		}
	default:
		t.Error("the model's last event was not seen")
	}
}

// A delayed writer waits before it writes the end of a reply.
type delayed struct {
	http.ResponseWriter
	wait func()
}

func (d delayed) Write(p []byte) (int, error) {
	if strings.Contains(string(p), `"stop"`) {
		d.wait()
	}
	return d.ResponseWriter.Write(p)
}

func (d delayed) Flush() { d.ResponseWriter.(http.Flusher).Flush() }
