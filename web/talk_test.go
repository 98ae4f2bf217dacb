package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"

	"wenyuan"
	"wenyuan/web/webtest"
)

// TestLongTalk scrolls through a conversation of 2,000 sentences, frame by frame.
func TestLongTalk(t *testing.T) {
	t.Parallel()
	r := New()
	var page, packed bytes.Buffer
	if err := r.Ask(&page, sampleLong(sampleFrame(English, "", "/ask/cnv_long"))); err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(&packed)
	z.Write(page.Bytes()) // a bytes.Buffer takes everything
	z.Close()
	t.Logf("%d bytes, %d packed", page.Len(), packed.Len())
	mux := http.NewServeMux()
	mux.Handle("/assets/", Assets())
	mux.HandleFunc("/ask/cnv_long", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", ContentSecurityPolicy)
		w.Write(page.Bytes())
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	p := webtest.Open(t)
	p.Size(1360, 900)
	p.Go(s.URL + "/ask/cnv_long#latest")
	if at := webtest.Eval[float64](p, `document.querySelector("#turn-trc_19").getBoundingClientRect().top`); at < 0 || at > 200 {
		t.Errorf("the newest question stands at %.0f, not at the top of the page", at)
	}
	if n := webtest.Eval[int](p, `document.querySelectorAll(".s").length`); n != 2000 {
		t.Errorf("%d sentences", n)
	}
	frames := webtest.Eval[[]float64](p, `new Promise((yes) => { scrollTo({ top: 0, behavior: "instant" }); const took = []; let last = performance.now();
		const step = (now) => { took.push(now - last); last = now; if (took.length > 300 || scrollY + innerHeight >= document.documentElement.scrollHeight - 2) return yes(took.slice(2).sort((a, b) => a - b)); scrollBy({ top: 240, behavior: "instant" }); requestAnimationFrame(step); };
		requestAnimationFrame(step); })`)
	middle, slow := frames[len(frames)/2], frames[len(frames)*95/100]
	t.Logf("%d frames: half within %.1f ms, 95 of 100 within %.1f ms", len(frames), middle, slow)
	if middle > 100 {
		t.Errorf("half of the frames take more than %.0f ms", middle)
	}
}

func TestCost(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]*wenyuan.Usage{"": nil, "¥0.0061": {Cost: .0061, Currency: "CNY"}, "$12.50": {Cost: 12.5, Currency: "USD"}, "€0.5": {Cost: .5, Currency: "EUR"},
		"0.000012 CHF": {Cost: .000012, Currency: "CHF"}, "$1.00": {Cost: 1, Currency: "USD"}, "0.13": {Cost: .13}} {
		if got := cost(u); got != want {
			t.Errorf("%+v: %q, want %q", u, got, want)
		}
	}
	if got := cost(&wenyuan.Usage{Prompt: 3}); got != "" {
		t.Errorf("what costs nothing is said to cost %q", got)
	}
}

// TestWaterfall: what comes before the model is drawn wider where it would not be seen, and
// nothing stands outside of the drawing.
func TestWaterfall(t *testing.T) {
	t.Parallel()
	f := sampleFrame(English, "", "")
	w := sampleWritten(English, f).Waterfall()
	if w.Cut != "30.00%" || w.Wider != "20 ms" || w.Times != 73 || w.Guessed || !w.Model || !w.Bad {
		t.Errorf("%+v", w)
	}
	if got := sampleTrace(English, f).Waterfall(); !got.Guessed || got.Cut != "" || got.Rows[1].Bars[0].At == "0.00%" {
		t.Errorf("without beginnings: %+v", got)
	}
	for took, steps := range map[int64][]Step{0: nil, 1: {{Name: "retrieve", Took: 900, Start: 5}}, 10: {{Name: "generate", Start: 1, Took: 1 << 40}}, 1 << 50: {{Name: "generate", Start: 1 << 49, Took: 1 << 49}}} {
		p := TracePage{Frame: f, Turn: Turn{Took: took}, Steps: steps}
		if w := p.Waterfall(); len(w.Rows) != len(steps) || len(w.Ticks) == 0 || len(w.Ticks) > 9 {
			t.Errorf("%d: %+v", took, w)
		}
	}
	s := scale{cut: 20_000, total: 3_420_000}
	last := -1.0
	for us := int64(-5); us < 4_000_000; us += 1999 {
		at := s.at(us)
		if at < last || at < 0 || at > 100 {
			t.Fatalf("%d µs stand at %.2f after %.2f", us, at, last)
		}
		last = at
	}
}
