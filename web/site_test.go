package web

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"wenyuan/internal/sse"
)

// A sample writes a page with sample data.
type sample = func(*Renderer, *bytes.Buffer, Lang, Frame) error

// samplePages are every page in every shape it can take, by address.
var samplePages = samples(readPages, askPages, buildPages, channelPages, accessPages, signInPages, guardPages, livePages, gatewayPages, learningPages, releasePages, judgingPages, miningPages)

func samples(all ...map[string]sample) map[string]sample {
	out := map[string]sample{}
	for _, pages := range all {
		maps.Copy(out, pages)
	}
	return out
}

// readPages are the samples of Library and of what is nowhere.
var readPages = map[string]sample{
	"/library": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Library(w, sampleLibrary(l, f)) },
	"/library/none": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Library(w, LibraryPage{Frame: f, Name: hostile, Problem: &Problem{Message: "A name has 1 to 100 characters."}})
	},
	"/library/full": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Corpus(w, sampleCorpus(l, f)) },
	"/library/empty": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Corpus(w, CorpusPage{Frame: f, Name: "empty"})
	},
	"/library/nothing": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Corpus(w, CorpusPage{Frame: f, Name: "full", Ready: 3, Query: hostile, State: "failed"})
	},
	"/library/full/doc_01j9": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error { return r.Document(w, sampleDocument(l, f)) },
	"/library/full/doc_1": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Document(w, DocumentPage{Frame: f, Corpus: "full", Document: sampleDocuments(l)[0]})
	},
	"/nowhere": func(r *Renderer, w *bytes.Buffer, l Lang, f Frame) error {
		return r.Error(w, ErrorPage{Frame: f, Status: 404, Problem: Problem{"not_found", "There is no page /nowhere.", "Begin at Ask."}})
	},
}

func manualChosen(l Lang) []Choice {
	c := sampleChoices(l)
	c[0].Chosen, c[1].Chosen = false, true
	return c
}

// site serves the sample pages as the server serves the real ones. The query says the
// language and the theme: ?lang=zh&theme=dark.
func site(t testing.TB) *httptest.Server {
	t.Helper()
	r := New()
	mux := http.NewServeMux()
	mux.Handle("/assets/", Assets())
	for _, parts := range []string{"/learning/runs/run_1/parts", "/learning/releases/rel_1/parts", "/learning/mining/min_1/parts", "/learning/written/ins_1/parts"} {
		mux.HandleFunc(parts, func(w http.ResponseWriter, req *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
			<-req.Context().Done()
		})
	}
	mux.HandleFunc("/gateway/live/parts", func(w http.ResponseWriter, req *http.Request) { // one second of it
		l, _ := ParseLang(req.URL.Query().Get("lang"))
		var b bytes.Buffer
		if err := r.LiveParts(&b, sampleLive(sampleFrame(l, "", "/gateway/live"))); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		sse.Write(w, "parts", b.Bytes())
		http.NewResponseController(w).Flush()
		<-req.Context().Done()
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Security-Policy", ContentSecurityPolicy)
		write, ok := samplePages[req.URL.Path]
		if !ok {
			http.NotFound(w, req)
			return
		}
		l, _ := ParseLang(req.URL.Query().Get("lang"))
		var b bytes.Buffer
		if err := write(r, &b, l, sampleFrame(l, req.URL.Query().Get("theme"), req.URL.Path)); err != nil {
			t.Errorf("%s: %v", req.URL, err)
			http.Error(w, err.Error(), 500)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(b.Bytes())
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}
