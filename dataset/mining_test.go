package dataset_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/dataset"
	"wenyuan/dataset/form"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/store/storetest"
	"wenyuan/trace"
)

func (h *house) mine(dry bool) dataset.Mined {
	h.t.Helper()
	out, err := h.Mine(h.t.Context(), h.sc, dry, quiet)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func (h *house) says(p wenyuan.Principal, f trace.Feedback) {
	h.t.Helper()
	h.write(func(tx *store.Tx) error {
		_, err := trace.SaveFeedback(h.t.Context(), tx, h.sc, p, f)
		return err
	})
}

// by is an answer of a model's version.
func by(hash, text string, documents ...string) wenyuan.Answer {
	a := answer(text, documents...)
	a.Versions[0].Hash = hash
	return a
}

// pairs are what was mined, as "better > worse (source)".
func (h *house) pairs(f dataset.Filter) (all []string) {
	for _, x := range h.samples(h.sc, li, f) {
		if strings.HasPrefix(x.Source, trace.Mined) {
			all = append(all, fmt.Sprintf("%s > %s (%s)", x.Row.Chosen[0].Content, x.Row.Rejected[0].Content, strings.TrimPrefix(x.Source, trace.Mined)))
		}
	}
	slices.Sort(all)
	return all
}

// TestMine: what people did with answers becomes pairs, with everybody and every document of both answers, and
// goes with each of them.
func TestMine(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, c store.Config) {
		h := open(t, c)
		ctx := t.Context()
		if _, err := h.Mine(ctx, h.sc, false, quiet); wenyuan.CodeOf(err) != wenyuan.Conflict {
			t.Fatalf("without consent: %v", err)
		}
		if _, err := h.Mine(ctx, scope.All("main", scope.Read|scope.Edit), false, quiet); wenyuan.CodeOf(err) != wenyuan.Denied {
			t.Fatalf("an editor: %v", err)
		}
		h.learn(`{"learn": true}`)
		wang, zhao := wenyuan.Principal{ID: "psn_wang"}, wenyuan.Principal{ID: "psn_zhao"}
		good := h.said(trace.Trace{Principal: li.ID, Question: "How is the pump primed?", Answer: by("aa", "Open the valve, then wait.", "doc_a")})
		bad := h.said(trace.Trace{Principal: wang.ID, Question: "How is the pump primed?", Answer: by("bb", "Kick it until it runs.", "doc_b")})
		h.said(trace.Trace{Principal: "psn_qian", Question: "How is the pump primed?", Answer: by("aa", "Wait a bit, then open.", "doc_a")})
		first := h.said(trace.Trace{Principal: zhao.ID, Conversation: "cnv_z", Question: "What does it weigh?", Answer: by("aa", "Nine tons, they say.", "doc_c")})
		h.said(trace.Trace{Principal: zhao.ID, Conversation: "cnv_z", Question: "What does it weigh?", Answer: by("aa", "It weighs nine kilograms.", "doc_c")})
		wrong := h.said(trace.Trace{Principal: zhao.ID, Question: "Which colour?", Answer: by("aa", "It is green.")})
		h.said(trace.Trace{Principal: zhao.ID, Question: "Nobody asks this twice.", Answer: by("aa", "Indeed.")})
		h.says(li, trace.Feedback{Trace: good, Rating: trace.Up})
		h.says(zhao, trace.Feedback{Trace: bad, Rating: trace.Down})
		h.says(li, trace.Feedback{Trace: wrong, Corrected: "It is blue."})

		dry := h.mine(true)
		if dry.Samples != 3 || len(h.pairs(dataset.Filter{})) != 0 || !dry.Dry {
			t.Fatalf("dry: %+v", dry)
		}
		out := h.mine(false)
		if out.Samples != 3 || out.Answers != 6 || out.Pairs["votes"] != 1 || out.Pairs["again"] != 1 || out.Pairs["correction"] != 1 || out.Gone != 0 {
			t.Fatalf("%+v", out)
		}
		if len(out.Arms) != 2 {
			t.Errorf("arms: %v", out.Arms)
		}
		want := []string{"It is blue. > It is green. (correction)", "It weighs nine kilograms. > Nine tons, they say. (again)", "Open the valve, then wait. > Kick it until it runs. (votes)"}
		if got := h.pairs(dataset.Filter{}); !slices.Equal(got, want) {
			t.Fatalf("%q", got)
		}
		var votes dataset.Sample
		for _, x := range h.samples(h.sc, li, dataset.Filter{Sources: []string{trace.Mined + "votes"}}) {
			var err error
			if votes, err = h.Sample(ctx, h.sc, li, x.ID); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(votes.People, []string{"psn_li", "psn_wang", "psn_zhao"}) || len(votes.Documents) != 2 || len(votes.Versions) != 2 || votes.Principal != "" || votes.Quality == 0 || votes.Row.Kind != form.Preference || votes.Origin != dataset.Feedback {
			t.Errorf("%+v", votes)
		}
		if again := h.mine(false); again.Samples+again.Scored+again.Gone != 0 || again.Known != 3 {
			t.Errorf("mined twice: %+v", again)
		}
		// Who asked sees the pair that rests on them alone, and no other.
		if x := h.samples(scope.All("main", scope.Edit), zhao, dataset.Filter{}); len(x) != 1 || x[0].Source != trace.Mined+"again" {
			t.Errorf("zhao sees %+v", x)
		}
		// What a person says anew takes back what was mined from it.
		h.says(zhao, trace.Feedback{Trace: bad})
		if got := h.pairs(dataset.Filter{State: dataset.Ready}); len(got) != 2 {
			t.Errorf("after a word was taken back: %q", got)
		}
		h.says(zhao, trace.Feedback{Trace: bad, Rating: trace.Down})
		if out = h.mine(false); out.Samples != 1 {
			t.Errorf("%+v", out)
		}
		// A conversation that goes takes its pairs along, also by the worse answer; so do documents and people.
		h.write(func(tx *store.Tx) error { return trace.Delete(ctx, tx, []string{first}) })
		if got := h.pairs(dataset.Filter{State: dataset.Ready}); len(got) != 2 || strings.Contains(strings.Join(got, ""), "nine") {
			t.Errorf("after a conversation went: %q", got)
		}
		h.write(func(tx *store.Tx) error { _, err := dataset.Withdraw(ctx, tx, "main", "doc_b"); return err })
		if got := h.pairs(dataset.Filter{State: dataset.Ready}); len(got) != 1 {
			t.Errorf("after a document went: %q", got)
		}
		h.write(func(tx *store.Tx) error { _, err := dataset.Erase(ctx, tx, li.ID); return err })
		if got := h.pairs(dataset.Filter{State: dataset.Ready}); len(got) != 0 {
			t.Errorf("after a person went: %q", got)
		}
	})
}

// TestMineFair: neither length nor one busy person decides what is learned, and what is left out for that comes
// back when others have spoken.
func TestMineFair(t *testing.T) {
	t.Parallel()
	h := open(t, store.Config{Dir: t.TempDir()})
	h.learn(`{"learn": true}`)
	talk := func(person string, n int) {
		for i := range n {
			q := fmt.Sprintf("Question %s %d?", person, i)
			long := strings.Repeat(fmt.Sprintf("word%d ", i), 20+i)
			up, down := long, fmt.Sprintf("short %d", i)
			if i%4 == 0 {
				up, down = down, up
			}
			p := wenyuan.Principal{ID: person}
			h.says(p, trace.Feedback{Trace: h.said(trace.Trace{Principal: person, Question: q, Answer: by("aa", up)}), Rating: trace.Up})
			h.says(p, trace.Feedback{Trace: h.said(trace.Trace{Principal: person, Question: q, Answer: by("aa", down)}), Rating: trace.Down})
		}
	}
	talk("psn_busy", 40)
	for i := range 12 {
		talk(fmt.Sprintf("psn_%02d", i), 4)
	}
	out := h.mine(false)
	ready := len(h.pairs(dataset.Filter{State: dataset.Ready}))
	if out.Samples != 88 || ready+out.Aside != 88 || out.Capped != 1 || out.Busiest < 0.4 || out.Lengths.Before < 0.3 || math.Abs(out.Lengths.After) > 0.15 {
		t.Errorf("%d ready, %+v", ready, out)
	}
	busy := 0
	for _, x := range h.samples(h.sc, li, dataset.Filter{State: dataset.Ready}) {
		if x.Principal == "psn_busy" {
			busy++
		}
	}
	if busy == 0 || float64(busy) > 0.3*float64(ready) {
		t.Errorf("the busy person has %d of %d", busy, ready)
	}
	for i := range 12 {
		talk(fmt.Sprintf("psn_more%02d", i), 4)
	}
	if h.mine(false); len(h.pairs(dataset.Filter{State: dataset.Ready})) <= ready {
		t.Errorf("no more than %d are ready when others have spoken", ready)
	}
}
